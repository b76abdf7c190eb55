# A client as player.ts describes it, on librdkafka. Arguments: addresses with commas between them, topic, metadata.recovery.strategy.
import os
import sys
import threading
import time

from confluent_kafka import Producer

SERVERS, TOPIC, STRATEGY = sys.argv[1:4]
PACE_S = 0.1
producers = {}
printing = threading.Lock()


def say(name, what, reason=""):
    at = round(1000 * time.time())
    with printing:
        print(name, what, at, reason, flush=True)


def poll(producer):
    while True:
        producer.poll(0.1)


def send(name, count):
    for _ in range(count):
        say(name, "sent")
        try:
            producers[name].produce(
                TOPIC, b"message", on_delivery=lambda error, _: say(name, "failed" if error else "ok", error)
            )
        except Exception as error:
            say(name, "failed", error)
        time.sleep(PACE_S)


def start(work, *args):
    threading.Thread(target=work, args=args, daemon=True).start()


for line in sys.stdin:
    command, name, *count = line.split()
    if command == "open":
        settings = {"bootstrap.servers": SERVERS, "acks": "all", "metadata.recovery.strategy": STRATEGY}
        producers[name] = Producer(settings)
        start(poll, producers[name])
    start(send, name, int(count[0]) if count else 1)
os._exit(0)  # Without waiting for messages that nobody takes.
