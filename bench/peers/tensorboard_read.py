"""Reads a folder of event files with TensorBoard's own reader and prints what it finds as JSON.

    python3 -m venv /tmp/tb && /tmp/tb/bin/pip install tensorboard
    /tmp/tb/bin/python bench/peers/tensorboard_read.py runs/NAME/events

With --golden it prints, in hex, the two records that TensorBoard's own writer makes; test/formats holds them.
"""

import json
import sys


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    tags = events.Tags()
    return {
        "scalars": {tag: [[e.step, e.wall_time, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "images": {
            tag: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in events.Images(tag)]
            for tag in tags["images"]
        },
    }


def golden():
    import io

    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    def record(event):
        out = io.BytesIO()
        RecordWriter(out).write(event.SerializeToString())
        return out.getvalue().hex()

    value = Summary.Value(tag="train/loss", simple_value=0.4125)
    return {
        "version": record(Event(wall_time=1700000000.25, file_version="brain.Event:2")),
        "scalar": record(Event(wall_time=1700000001.5, step=1200, summary=Summary(value=[value]))),
        "scalarAtZero": record(Event(wall_time=1700000001.5, step=0, summary=Summary(value=[value]))),
    }


if __name__ == "__main__":
    print(json.dumps(golden() if sys.argv[1] == "--golden" else read(sys.argv[1]), indent=1))
