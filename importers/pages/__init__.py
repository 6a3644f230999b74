"""Pages of the finance officer and the certifier: what is due, uploads, problems, reasons, the certificate."""
