"""Pictures that are no files of their own: members of shards, and objects behind URLs.

Each has a path like a file's, by which a collection knows it and everything opens it:

====================================  =================================================
``/data/0001.tar/000123.jpg``         a member of a WebDataset shard
``/data/part.parquet/row-17``         a row of a Parquet file, the first is ``row-0``
``s3:/bucket/cats/1.jpg``             the object ``s3://bucket/cats/1.jpg``
``s3:/bucket/0001.tar/000123.jpg``    a member of a shard behind a URL
====================================  =================================================

A URL loses one of its slashes, as ``pathlib`` would have it, and gets it back when it is opened.
"""
