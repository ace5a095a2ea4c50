"""An app that uploads a ride and waits until the platform has it, from upload.proto alone.

    TOKEN=... python app.py send --url URL --bike UUID --recorder UUID FILE
    TOKEN=... python app.py books --url URL UPLOAD_ID

FILE is CSV: `seconds` since the start of the ride, and columns with the API's names, of one kind. An empty cell is a missing one.
Needs Python 3.11 and the packages of requirements.txt.
"""

import argparse
import csv
import gzip
import json
import os
import random
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
import zlib
from importlib import import_module
from pathlib import Path

from grpc_tools import protoc

PROTO = Path(__file__).resolve().parents[3] / "proto"
ANSWERED_WITHIN_S = 30
ATTEMPTS = 8
BOOKED_WITHIN_S = 60

# By kind, the API's name: name on the wire, integers a unit, which differences travel. docs/upload-api.md has the table.
FIELDS = {
    "ride": {
        "latitude_deg": ("latitude", 1e7, 3),
        "longitude_deg": ("longitude", 1e7, 3),
        "speed_kmh": ("speed", 1000, 2),
        "odometer_m": ("odometer", 100, 2),
        "altitude_m": ("altitude", 10, 1),
        "cadence_rpm": ("cadence", 1, 1),
        "rider_power_w": ("rider_power", 1, 1),
        "ambient_temperature_c": ("ambient_temperature", 10, 1),
        "assist_level": ("assist_level", 1, 1),
    },
    "battery": {
        "state_of_charge_pct": ("state_of_charge", 10, 1),
        "voltage_v": ("voltage", 1000, 1),
        "current_a": ("current", 1000, 1),
        "battery_temperature_c": ("temperature", 10, 1),
        "charge_cycles": ("charge_cycles", 1, 1),
    },
}


def differences(values: list[int], order: int) -> list[int]:
    """What travels of a column: first differences, second ones, or second ones less half of the one before."""
    once = [value - before for value, before in zip(values, [0, *values])]
    if order == 1:
        return once
    # The first cell stays as it is, and so does the first step.
    twice = once[:2] + [step - before for step, before in zip(once[2:], once[1:])]
    if order == 2:
        return twice
    return twice[:3] + [each - int(before / 2) for each, before in zip(twice[3:], twice[2:])]


def runs_of(cells: list[str]) -> list[int]:
    """Lengths of the runs of present, missing, present … cells."""
    runs = [0]
    for cell in cells:
        is_present = len(runs) % 2 == 1
        if (cell != "") == is_present:
            runs[-1] += 1
        else:
            runs.append(1)
    return runs


def wire_format():
    """The classes of upload.proto, made by protoc."""
    with tempfile.TemporaryDirectory() as folder:
        name = "mobility/telemetry/v1/upload"
        if protoc.main(["protoc", f"-I{PROTO}", f"--python_out={folder}", f"{name}.proto"]) != 0:
            raise SystemExit("protoc failed")
        sys.path.insert(0, folder)
        return import_module(f"{name.replace('/', '.')}_pb2")


def track_of(wire, rows: list[dict[str, str]], asked: argparse.Namespace):
    named = [name for name in rows[0] if name != "seconds"]
    kind = next((kind for kind, fields in FIELDS.items() if set(named) <= fields.keys()), None)
    if kind is None:
        raise SystemExit(f"no kind has the columns {', '.join(named)}")
    seconds = [float(row["seconds"]) for row in rows]
    start_ms = int(time.time() * 1000) - int(seconds[-1] * 1000) - 1000
    track = wire.Track(bike_id=asked.bike.bytes, recorder_id=asked.recorder.bytes, boot_id=boot_id(), clock_epoch=1)
    track.time_ms.extend(differences([start_ms + round(each * 1000) for each in seconds], 2))
    columns = getattr(track, kind)
    columns.SetInParent()
    for name in named:
        on_wire, scale, order = FIELDS[kind][name]
        cells = [row[name] for row in rows]
        values = [round(float(cell) * scale) for cell in cells if cell != ""]
        getattr(columns, on_wire).extend(differences(values, order))
        if "" in cells:
            number = columns.DESCRIPTOR.fields_by_name[on_wire].number
            columns.gaps.add(columns=[number], runs=runs_of(cells))
    return track


def boot_id() -> int:
    """Changes with each boot, since monotonic clocks compare only within one."""
    return zlib.crc32(Path("/proc/sys/kernel/random/boot_id").read_bytes())


def ask(request: urllib.request.Request) -> tuple[int, dict, float]:
    """Status, body, and how many seconds to wait before asking again. A broken connection is status 0."""
    request.add_header("authorization", f"Bearer {os.environ['TOKEN']}")
    try:
        with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as response:
            return response.status, json.load(response), 0
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), float(error.headers.get("retry-after") or 1)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        return 0, {"detail": str(error), "temporary": True}, 1


def send(asked: argparse.Namespace) -> None:
    """The same upload, with the same id, until it is answered for good; only the clocks of the attempt are new."""
    wire = wire_format()
    with open(asked.file, newline="", encoding="utf-8") as file:
        track = track_of(wire, list(csv.DictReader(file)), asked)
    upload_id = uuid7()
    for attempt in range(ATTEMPTS):
        now = wire.AttemptClock(
            sent_at_ms=int(time.time() * 1000),
            boot_id=boot_id(),
            monotonic_ms=int(time.monotonic() * 1000),
            clock_epoch=1,
        )
        body = gzip.compress(wire.Upload(upload_id=upload_id.bytes, attempt=now, tracks=[track]).SerializeToString())
        headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
        status, answer, wait_s = ask(urllib.request.Request(f"{asked.url}/v1/telemetry", data=body, headers=headers))
        if status == 202:
            print(f"{upload_id}: {answer['accepted']['samples']} samples accepted")
            return
        if not answer.get("temporary"):
            break
        time.sleep(wait_s * (1 + attempt) * random.uniform(1, 2))
    raise SystemExit(f"{status} {answer.get('reason', '')}: {answer.get('detail', '')}")


def uuid7() -> uuid.UUID:
    """48 bits of Unix milliseconds, then random ones (RFC 9562)."""
    number = int(time.time() * 1000) << 80 | random.SystemRandom().getrandbits(80)
    return uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def books(asked: argparse.Namespace) -> None:
    """Waits until every sample is accounted for, and tells how."""
    ends_at = time.monotonic() + BOOKED_WITHIN_S
    while time.monotonic() < ends_at:
        status, answer, wait_s = ask(urllib.request.Request(f"{asked.url}/v1/uploads/{asked.upload}"))
        if status == 200 and answer["settled"]:
            print(json.dumps(answer["totals"]))
            return
        if status != 200 and not answer.get("temporary"):
            raise SystemExit(f"{status} {answer.get('reason', '')}: {answer.get('detail', '')}")
        time.sleep(max(wait_s, 0.5))
    raise SystemExit(f"not settled within {BOOKED_WITHIN_S} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    sending = verbs.add_parser("send")
    sending.add_argument("--url", required=True)
    sending.add_argument("--bike", required=True, type=uuid.UUID)
    sending.add_argument("--recorder", required=True, type=uuid.UUID)
    sending.add_argument("file")
    sending.set_defaults(run=send)
    reading = verbs.add_parser("books")
    reading.add_argument("--url", required=True)
    reading.add_argument("upload", type=uuid.UUID)
    reading.set_defaults(run=books)
    asked = parser.parse_args()
    asked.run(asked)


if __name__ == "__main__":
    main()
