# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "ultralytics==8.4.190"]
# ///
"""Write the Ultralytics sample: a tiny classifier on squares and bars, two epochs, on the CPU."""

import random
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from ultralytics import YOLO

HERE = Path(__file__).parent / "classify"


def images(folder):
    rng = random.Random(1)
    for split, count in [("train", 12), ("val", 6)]:
        for label, size in [("square", (12, 12)), ("bar", (24, 4))]:
            target = folder / split / label
            target.mkdir(parents=True)
            for i in range(count):
                image = Image.new("RGB", (32, 32))
                image.paste((255, 255, 255), (rng.randrange(6), rng.randrange(18), *size))
                image.save(target / f"{i}.png")


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shapes"
        images(data)
        model = YOLO("yolo11n-cls.yaml")
        model.train(
            data=str(data), epochs=2, imgsz=32, batch=8, lr0=0.02, project=str(HERE), name="train",
            device="cpu", workers=0, plots=False, amp=False, pretrained=False, save=False, optimizer="SGD",
        )  # fmt: skip
    args = HERE / "train" / "args.yaml"
    lines = args.read_text().splitlines()
    kept = [
        f"{line.split(':')[0]}: /data/shapes"
        if line.startswith(("data:", "project:", "save_dir:"))
        else line
        for line in lines
    ]
    args.write_text("\n".join(kept) + "\n")
    for path in HERE.rglob("*.pt"):
        path.unlink()


if __name__ == "__main__":
    main()
