"""Files by path, on this machine or in an object store: `s3://BUCKET/KEY`, `gs://BUCKET/KEY`, `az://CONTAINER/KEY`.

Addresses travel as text or as paths; `pathlib` spells `s3://b/k` as `s3:/b/k`, and every function here takes both. Stores
are asked through obstore, with credentials from the environment alone; what a store refuses is an error with a hint.

Examples:
    >>> from tamis.stores.addresses import address, place
    >>> place("s3://bucket/run1") / "run.json"
    ObjectPath('s3://bucket/run1/run.json')
    >>> address("s3:/bucket/run1")
    's3://bucket/run1'
"""
