"""OpenID Connect: the service as a client of departments' and councils' own identity providers."""
