"""The API as a document (OpenAPI 3.1), made from the routes of the running application."""
