"""Other readers of event files, as ``ingest.py`` measures them; each is used as installed."""

import re
import resource
import subprocess

from ingest_methods import event_files, say


def accumulator(folder):
    """TensorBoard's EventAccumulator, nothing sampled."""
    import logging

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.disable(logging.WARNING)
    points = 0
    for path in event_files(folder):
        read = EventAccumulator(str(path), {"tensors": 0, "scalars": 0}).Reload()
        points += sum(len(read.Scalars(tag)) for tag in read.Tags()["scalars"])
        points += sum(len(read.Tensors(tag)) for tag in read.Tags()["tensors"])
    return points


def tbparse(folder):
    """tbparse to data frames."""
    import logging

    from tbparse import SummaryReader

    logging.disable(logging.WARNING)
    reader = SummaryReader(str(folder), extra_columns={"wall_time", "dir_name"})
    return len(reader.scalars) + len(reader.tensors)


def rustboard(folder, *flags):
    """TensorBoard's data server, one load with all scalars kept."""
    import tensorboard_data_server

    command = [
        tensorboard_data_server.server_binary(), "--logdir", str(folder), "--reload", "once",
        "--samples-per-plugin", "scalars=all", "-v", "--port", "0", *flags,
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as server:
        for line in server.stderr:
            if re.search(rb"Finished load cycle", line):
                break
        server.kill()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    say(work=used.ru_utime + used.ru_stime)
    return 0


def rustboard_checked(folder):
    """The same with every checksum looked at."""
    return rustboard(folder, "--checksum")
