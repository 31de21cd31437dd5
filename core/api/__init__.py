"""What every endpoint of the REST API uses: base view, parsing, problems, paging, the OpenAPI document."""
