"""Looks into a gateway's store: is it whole, and what does its ledger say? Prints JSON."""

import json
import sqlite3
import sys

store = sqlite3.connect(sys.argv[1], timeout=10)
requests, tokens = store.execute("SELECT total(requests), total(input + output) FROM ledger_hour").fetchone()
by_key = store.execute("SELECT total(requests) FROM ledger_key_day").fetchone()[0]
by_tag = store.execute("SELECT tag, requests FROM ledger_tag_hour ORDER BY tag").fetchall()
prices = store.execute("SELECT DISTINCT price FROM ledger_hour WHERE price != ''").fetchall()
print(
    json.dumps(
        {
            "integrity": store.execute("PRAGMA integrity_check").fetchone()[0],
            "requests": int(requests),
            "tokens": int(tokens),
            "by_key": int(by_key),
            "by_tag": dict(by_tag),
            "prices": [json.loads(price) for (price,) in prices],
        }
    )
)
