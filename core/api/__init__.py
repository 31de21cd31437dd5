"""What every endpoint of the REST API is made from: base view, parsing, problems, paging, the OpenAPI document."""
