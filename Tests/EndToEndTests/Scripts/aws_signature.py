"""Signs a request anew with botocore: `aws_signature.py REQUEST ACCESS_KEY_ID SECRET REGION SERVICE [TOKEN]`.

REQUEST is a file with {"method", "target", "headers": [[name, value], …], "body": base64}, as it came over the wire. What
its `authorization` says is covered is covered here too, at the time of its `x-amz-date`. Prints {"authorization": …}.
"""
import base64
import datetime
import json
import re
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

path, key, secret, region, service, *token = sys.argv[1:]
with open(path) as file:
    request = json.load(file)
headers = {name.lower(): value for name, value in request["headers"]}
covered = re.search(r"SignedHeaders=([^,]+)", headers["authorization"]).group(1).split(";")
time = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
botocore.auth.get_current_datetime = lambda: time

again = AWSRequest(
    method=request["method"],
    url=f"https://{headers['host']}{request['target']}",
    headers={name: headers[name] for name in covered if name != "host"},
    data=base64.b64decode(request["body"]),
)
botocore.auth.SigV4Auth(Credentials(key, secret, *token), service, region).add_auth(again)
print(json.dumps({"authorization": again.headers["authorization"]}))
