"""The HTTP protocol described for programs and people: one OpenAPI 3.1 document, built from what is offered.

`document` puts it together; each other module describes the endpoints of one topic.
"""
