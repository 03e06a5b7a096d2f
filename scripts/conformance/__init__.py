"""Run the OpenID Foundation's conformance suite; docs/conformance.md says how."""
