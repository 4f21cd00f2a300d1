"""The description of the REST API that the server gives of itself, in OpenAPI 3.1."""
