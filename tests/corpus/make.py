"""Writes the corpus: make.py OUT [NAMES...] gives NAME.<ending>, NAME.golden.npz and NAME.json for each family.

Those that OUT has already are skipped; a NAME may be the beginning of several. The folder with MNIST and CelebA is
$ZSCOPE_DATA, by default ../shared/data beside the checkout."""

import importlib, sys, time, traceback, zlib
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
import common

for f in sorted(Path(__file__).parent.glob("models_*.py")):
    importlib.import_module(f.stem)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__ + "\nFamilies: " + " ".join(common.FAMILIES))
    out, names = Path(sys.argv[1]), sys.argv[2:]
    out.mkdir(parents=True, exist_ok=True)
    common.say(f"data: {common.DATA}")
    bad = []
    for name, (recipe, about) in common.FAMILIES.items():
        if names and not any(name.startswith(n) for n in names) or (out / f"{name}.json").exists():
            continue
        seed = zlib.crc32(name.encode()) % 2 ** 31
        torch.manual_seed(seed)
        common.np.random.seed(seed)
        kit = common.Kit(out, name, about)
        try:
            recipe(kit)
            made = kit.done()
            common.say(f"{name:32} {made['seconds']:6.1f} s {made['bytes'] / 1e3:8.0f} kB  {list(made['arrays'])}")
        except Exception:
            traceback.print_exc()
            bad.append(name)
    if bad:
        sys.exit("failed: " + " ".join(bad))


main()
