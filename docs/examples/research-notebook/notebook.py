"""A ride of the research copy in pandas: a hardware key is touched, then the ride is a table.

    python notebook.py --subject SUBJECT --from 2026-01-31T22:00:00Z --hours 3

In a notebook, `ride(client(authorize()), SUBJECT, since, until)` is the table. The environment has API_URL and GATEWAY_URL;
requirements.txt has the packages. Exits with 3 where the platform refuses, after it has printed the reason.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pandas as pd
from elasticsearch import ApiError, Elasticsearch

ANSWERED_WITHIN_S = 30
# Both are what the gateway gives.
DOCUMENTS_AN_ANSWER = 100
QUERIES_AGAIN_AFTER_S = 10
TRIES = 12
# Samples of one recorder that are further apart are of two rides.
SAME_RIDE = pd.Timedelta(minutes=15)


class Refused(Exception):
    """The platform says no, and why."""


def ask(path: str, fields: dict) -> tuple[int, dict]:
    """The status and the JSON of a POST, whatever they are."""
    body = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(f"{os.environ['API_URL']}/v1/research/access/{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def authorize() -> str:
    """A token of 15 minutes, once you have touched your key on the page that is printed (RFC 8628)."""
    status, begun = ask("device_authorization", {"client_id": "research-notebook"})
    if status != 200:
        raise Refused(f"{begun['reason']}: {begun['detail']}")
    print(f"Open {begun['verification_uri_complete']} and touch your key.", file=sys.stderr, flush=True)
    interval_s, ends = begun["interval"], time.monotonic() + begun["expires_in"]
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
        "client_id": "research-notebook",
    }
    while time.monotonic() < ends:
        time.sleep(interval_s)
        status, answer = ask("token", fields)
        if status == 200:
            return answer["access_token"]
        if answer.get("error") == "slow_down":
            interval_s += 5
        elif answer.get("error") != "authorization_pending":
            words = answer.get("error_description", answer.get("detail"))
            raise Refused(f"{answer.get('error', answer.get('reason'))}: {words}")
    raise Refused("expired_token: nobody touched a key in time")


def client(token: str) -> Elasticsearch:
    return Elasticsearch(os.environ["GATEWAY_URL"], bearer_auth=token, request_timeout=ANSWERED_WITHIN_S, max_retries=0)


def search(es: Elasticsearch, filters: list[dict], size: int) -> list[dict]:
    """Documents of rides in the order of time. Each is charged to the day's budget; beyond 30 queries a minute it waits."""
    for attempt in range(TRIES):
        try:
            answer = es.search(
                index="research-ride-*", query={"bool": {"filter": filters}}, sort=[{"@timestamp": "asc"}], size=size
            )
            return [hit["_source"] for hit in answer["hits"]["hits"]]
        except ApiError as error:
            if "too_many_queries" not in str(error.body) or attempt == TRIES - 1:
                raise
            time.sleep(QUERIES_AGAIN_AFTER_S)
    raise AssertionError("unreachable")


def ride(es: Elasticsearch, subject: str, since: str, until: str) -> pd.DataFrame:
    """The first ride of a subject that begins in that time: one recorder's samples, without a gap of 15 minutes."""
    filters = [{"term": {"subject": subject}}, {"term": {"kind": "ride"}}]
    rows = search(es, [*filters, {"range": {"@timestamp": {"gte": since, "lt": until}}}], 1)
    if not rows:
        return pd.DataFrame()
    # Of one subject, recorder and kind there is one document a time: the next answer begins after the last document.
    filters.append({"term": {"recorder": rows[0]["recorder"]}})
    while found := search(
        es, [*filters, {"range": {"@timestamp": {"gt": rows[-1]["@timestamp"], "lt": until}}}], DOCUMENTS_AN_ANSWER
    ):
        rows += found
        if len(found) < DOCUMENTS_AN_ANSWER:
            break
    table = pd.DataFrame(rows)
    table["@timestamp"] = pd.to_datetime(table["@timestamp"], utc=True, format="ISO8601")
    return table[(table["@timestamp"].diff() > SAME_RIDE).cumsum() == 0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--from", dest="since", type=pd.Timestamp, required=True)
    parser.add_argument("--hours", type=float, default=3)
    arguments = parser.parse_args()
    until = arguments.since + pd.Timedelta(hours=arguments.hours)
    try:
        table = ride(client(authorize()), arguments.subject, arguments.since.isoformat(), until.isoformat())
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 3
    except ApiError as error:
        print(f"{error.status_code} {error.body}", file=sys.stderr)
        return 3
    if table.empty:
        print("no ride")
        return 0
    speed_kmh = table["speed_kmh_e3"] / 1_000
    print(f"{len(table)} samples from {table['@timestamp'].iloc[0].isoformat()} on")
    print(f"mean {speed_kmh.mean():.2f} km/h, fastest {speed_kmh.max():.2f} km/h")
    return 0


if __name__ == "__main__":
    sys.exit(main())
