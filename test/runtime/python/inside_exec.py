"""Knows nothing of a broker: what `broker exec` gives is enough for boto3 and psycopg."""

import sys

import boto3
import psycopg

with psycopg.connect() as connection:
    print(connection.execute("SELECT current_user, count(*) FROM orders").fetchone())
print(boto3.client("s3").list_objects_v2(Bucket=sys.argv[1])["KeyCount"])
