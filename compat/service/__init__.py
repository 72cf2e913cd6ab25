"""The HTTP service: HTTP in, an api call in a worker process, a report out. Nothing else.

`compat.service.app` puts it together, `compat.service.server` runs it. Answers are worked out in `workers`, locks in
`jobs`; what a client may send and how often is bounded in `limits`.
"""
