"""The HTTP protocol described for programs and people: one OpenAPI 3.1 document, built from what is offered.

`document` puts it together; the other modules each describe the endpoints of one conversation.
"""
