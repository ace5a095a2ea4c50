"""An insurer that reads a bike because its rider lets it.

    python insurer.py grants
    python insurer.py rides BIKE
    python insurer.py ride BIKE RIDE --gpx FILE
    python insurer.py follow BIKE

The environment has API_URL, and TOKEN with "roles": ["third_party"]. Needs Python 3.11 and nothing else.
Exits with 3 where the platform refuses, after it has printed the reason.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request

ANSWERED_WITHIN_S = 30
RETRIES = 3
PAGES_AT_MOST = 1_000


class Refused(Exception):
    """The platform's answer: application/problem+json, with a reason that programs can act on."""

    def __init__(self, status: int, problem: dict):
        super().__init__(f"{status} {problem.get('reason')}: {problem.get('detail')}")


def ask(path: str, headers: dict | None = None):
    """The open answer to a GET. Waits and asks again where the platform says that this helps."""
    for attempt in range(RETRIES + 1):
        request = urllib.request.Request(os.environ["API_URL"] + path, headers=headers or {})
        request.add_header("authorization", f"Bearer {os.environ['TOKEN']}")
        try:
            # It follows a 308: an id of earlier leads to the ride that covers its moment now.
            return urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S)
        except urllib.error.HTTPError as error:
            try:
                problem = json.load(error)
            except ValueError:
                problem = {"reason": "unknown", "detail": error.reason}
            if error.code not in (429, 503) or attempt == RETRIES:
                raise Refused(error.code, problem) from None
            time.sleep(min(60, int(error.headers.get("retry-after", "2"))))
    raise AssertionError("unreachable")


def ask_json(path: str) -> dict:
    with ask(path) as answer:
        return json.load(answer)


def grants(_: argparse.Namespace) -> None:
    for grant in ask_json("/v1/third-parties/me/grants")["grants"]:
        print(f"bike {grant['bikeId']}: {' and '.join(grant['scopes'])} until {grant['until']}")


def rides(asked: argparse.Namespace) -> None:
    path = f"/v1/third-parties/me/bikes/{asked.bike}/rides"
    query = ""
    for _ in range(PAGES_AT_MOST):
        page = ask_json(path + query)
        for ride in page["rides"]:
            kilometres = ride["summary"].get("distanceM", 0) / 1_000
            print(f"{ride['rideId']} from {ride['from']} until {ride['until']}: {kilometres:.2f} km are shown")
        if page["next"] is None:
            return
        query = f"?cursor={page['next']}"


def ride(asked: argparse.Namespace) -> None:
    path = f"/v1/third-parties/me/bikes/{asked.bike}/rides/{asked.ride}"
    shown = ask_json(path)
    print(f"{shown['summary']['movingS']} s of movement are shown")
    with ask(f"{path}/files/gpx") as answer, open(asked.gpx, "wb") as file:
        while chunk := answer.read(64 * 1024):
            file.write(chunk)
    print(f"{asked.gpx} is written")


def follow(asked: argparse.Namespace) -> None:
    """Prints each state until the grant ends. A stream ends after minutes at the latest, and is taken up where it ended."""
    last = None
    while True:
        with ask(f"/v1/bikes/{asked.bike}/live", {"last-event-id": last} if last else None) as stream:
            for event in events(stream):
                last = event.get("id", last)
                if event.get("event") == "state":
                    groups = json.loads(event["data"])["groups"]
                    print(f"state: {', '.join(groups) or 'nothing, within a privacy zone'}", flush=True)
        time.sleep(1)


def events(stream):
    """Server-sent events: lines `name: value`, and an empty one behind each event. Lines with `:` first are signs of life."""
    event: dict[str, str] = {}
    try:
        for line in stream:
            name, _, value = line.decode("utf-8").rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                yield event
                event = {}
    except OSError:
        print("the stream broke off", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Read bikes by grants of their riders.")
    commands = parser.add_subparsers(required=True)
    for name, run in {"grants": grants, "rides": rides, "ride": ride, "follow": follow}.items():
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name != "grants":
            command.add_argument("bike")
        if name == "ride":
            command.add_argument("ride")
            command.add_argument("--gpx", required=True)
    asked = parser.parse_args()
    try:
        asked.run(asked)
    except Refused as refused:
        print(refused)
        return 3
    except OSError as error:
        print(f"the platform does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
