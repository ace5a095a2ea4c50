"""Distance and mean speed of each bike and minute, from the stream of consented tracks.

    KAFKA_BROKERS=HOST:PORT python windows.py --group mine --instance 1 --out mine.windows

A record of the topic --out, keyed by the subject:
    {"subject": "9f…", "person": "07…", "start": 1767225600000, "end": 1767225660000, "samples": 60, "distance_m": 341.5, "mean_kmh": 20.5}

Each window enters the topic once, also when this program is killed: read it with isolation.level=read_committed.
Start it again with the same --group and --instance. The folder --state may be lost: it is filled again from Kafka.
The environment may also have NAMESPACE, and for TLS with SCRAM-SHA-512 KAFKA_USERNAME, KAFKA_PASSWORD_FILE and KAFKA_CA_FILE.
Needs Python 3.11 and the packages of requirements.txt. docs/research-stream.md explains each step.
"""

import argparse
import json
import os
import sys
import threading
from datetime import timedelta

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from quixstreams import Application, State
from quixstreams.dataframe.windows import Count, Latest, Mean, Sum
from quixstreams.kafka import ConnectionConfig

ANSWERED_WITHIN_S = 30
# Samples of one ride are seconds apart; the way between two rides is unknown.
SAME_RIDE_MS = 60_000
WINDOW = timedelta(minutes=1)
GRACE = timedelta(seconds=10)


def connection() -> ConnectionConfig:
    brokers = os.environ["KAFKA_BROKERS"]
    if "KAFKA_USERNAME" not in os.environ:
        return ConnectionConfig(bootstrap_servers=brokers)
    with open(os.environ["KAFKA_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().strip()
    return ConnectionConfig(
        bootstrap_servers=brokers,
        security_protocol="sasl_ssl",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username=os.environ["KAFKA_USERNAME"],
        sasl_password=password,
        ssl_ca_location=os.environ.get("KAFKA_CA_FILE"),
    )


def topic_name(topic: str) -> str:
    namespace = os.environ.get("NAMESPACE", "")
    return f"{namespace}.{topic}" if namespace else topic


class Withdrawals:
    """Persons who are to be forgotten. The topic has one partition, is kept for ever, and is read whole at each start."""

    def __init__(self, kafka: ConnectionConfig, group: str):
        self.persons: set[str] = set()
        # The group is never joined; the client asks for a name.
        settings = kafka.as_librdkafka_dict() | {"group.id": group, "enable.auto.commit": False}
        self._consumer = Consumer(settings | {"isolation.level": "read_committed", "enable.partition.eof": True})
        self._partition = TopicPartition(topic_name("analytics.withdrawals"), 0, OFFSET_BEGINNING)

    def read_to_end(self) -> None:
        self._consumer.assign([self._partition])
        while (message := self._consumer.poll(ANSWERED_WITHIN_S)) is not None:
            if (error := message.error()) is not None and error.code() == KafkaError._PARTITION_EOF:
                return
            self._take(message)
        raise TimeoutError(f"Kafka did not answer within {ANSWERED_WITHIN_S} s")

    def follow(self) -> None:
        """A window must not come out because nobody could tell that its person withdrew: the program ends with this thread."""
        try:
            while True:
                self._take(self._consumer.poll(1.0))
        except BaseException as error:
            print(f"withdrawals cannot be read: {error}", file=sys.stderr)
            os._exit(1)

    def _take(self, message) -> None:
        if message is None:
            return
        if (error := message.error()) is not None:
            if error.fatal() or error.code() not in (KafkaError._TRANSPORT, KafkaError._PARTITION_EOF):
                raise KafkaException(error)
            return
        self.persons.add(json.loads(message.value())["person"])


def samples_of(track: dict) -> list[dict]:
    """One record a track → one row a sample."""
    names, columns = list(track["metrics"]), list(track["metrics"].values())
    who = {"subject": track["subject"], "person": track["person"]}
    return [
        who | {"time_ms": time_ms} | dict(zip(names, cells))
        for time_ms, *cells in zip(track["time_ms"], *columns)
    ]


def add_distance(sample: dict, state: State) -> None:
    """The way since the sample before, of the same bike. The state is the bike's: it belongs to the record's key."""
    last = state.get("last")
    sample["distance_m"] = 0
    odometer_m = sample.get("odometer_m")
    if odometer_m is None:
        return
    if last is not None and 0 < sample["time_ms"] - last["time_ms"] <= SAME_RIDE_MS:
        sample["distance_m"] = max(0, odometer_m - last["odometer_m"])
    state.set("last", {"time_ms": sample["time_ms"], "odometer_m": odometer_m})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--group", required=True, help="the consumer group; the names of the program's own topics begin with it")
    arguments.add_argument("--instance", required=True, help="tells programs of a group apart; the same again after a crash")
    arguments.add_argument("--out", required=True, help="the topic of the windows")
    arguments.add_argument("--state", default="state", help="a folder")
    asked = arguments.parse_args()

    kafka = connection()
    withdrawals = Withdrawals(kafka, asked.group)
    withdrawals.read_to_end()
    threading.Thread(target=withdrawals.follow, daemon=True).start()
    is_wanted = lambda row: row["person"] not in withdrawals.persons

    app = Application(
        broker_address=kafka,
        consumer_group=asked.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=1.0,
        state_dir=asked.state,
        # A new start under the same name goes on at once; else Kafka waits for the one before until its session is over.
        consumer_extra_config={"isolation.level": "read_committed", "group.instance.id": asked.instance},
        # By its name a new start ends at once what a killed one left open; with a random one readers wait for a minute.
        producer_extra_config={"transactional.id": f"{asked.group}-{asked.instance}"},
    )
    tracks = app.topic(topic_name("analytics.tracks"), key_deserializer="str", value_deserializer="json")
    windows = app.topic(asked.out, key_serializer="str", value_serializer="json")

    rows = app.dataframe(tracks)
    rows = rows.filter(is_wanted)
    # Before any window: tracks of two kinds of a bike overlap in time, and one would make the other late.
    rows = rows.filter(lambda track: track["kind"] == "ride")
    rows = rows.apply(samples_of, expand=True)
    rows = rows.set_timestamp(lambda sample, key, timestamp, headers: sample["time_ms"])
    rows = rows.update(add_distance, stateful=True)
    rows = rows.tumbling_window(WINDOW, grace_ms=GRACE).agg(
        samples=Count(), distance_m=Sum("distance_m"), mean_kmh=Mean("speed_kmh"), person=Latest("person")
    ).final()
    rows = rows.apply(lambda window, key, timestamp, headers: {"subject": key} | window, metadata=True)
    # Again: a window may have been open for longer than its person's consent.
    rows = rows.filter(is_wanted)
    rows.to_topic(windows)
    app.run()


if __name__ == "__main__":
    main()
