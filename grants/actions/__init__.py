"""What people do: one function a deed, in one transaction, access checked first."""
