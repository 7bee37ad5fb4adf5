"""rounds.py ZSCOPE PYTHON [ROUNDS [SECONDS [MODEL…]]]: zscope's training speed against PyTorch's on the CPU, in turn.

ZSCOPE is the program, PYTHON an interpreter that has torch. Each round runs PyTorch, zscope, and zscope with Burn's plain
composition (ZSCOPE_PLAIN=1), 2 threads each. Prints pictures a second (medians) and the ratios to PyTorch: median and range."""
import json, os, pathlib, statistics, subprocess, sys

MODELS = {
    "fc-vae": ["fc-vae", "batch=128"],
    "conv-vae": ["conv-vae", "size=64", "channels=3", "width=24", "batch=64", "likelihood=1"],
    "dcgan-32": ["dcgan", "size=32", "channels=3", "width=32", "batch=64"],
    "dcgan-64": ["dcgan", "size=64", "channels=3", "width=32", "batch=64"],
    "classifier": ["classifier", "batch=128", "width=16"],
    "cgan": ["cgan", "size=28", "channels=1", "width=32", "batch=64"],
    "vq-vae": ["vq-vae", "batch=64", "width=32"],
    "pix2pix": ["pix2pix", "batch=16", "width=16", "dropout=0", "field=2"],
    "lab": ["lab", "batch=256", "penalty=0"],
    "lab-r1": ["lab", "batch=256", "penalty=0.1"],
}
zscope, python = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
seconds = sys.argv[4] if len(sys.argv) > 4 else "6"
names = sys.argv[5:] or list(MODELS)
torch = str(pathlib.Path(__file__).with_name("torch_steps.py"))


def said(command, **more):
    env = {**os.environ, "RAYON_NUM_THREADS": "2", **more}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def ours(name, plain):
    recipe, *settings = MODELS[name]
    command = [zscope, "--json", "bench", "train", "--device", "cpu", "--seconds", seconds, "--recipe", recipe]
    for setting in settings:
        command += ["--set", setting]
    return json.loads(said(command, ZSCOPE_PLAIN=plain))["images_per_s"]


print(f"{'model':14} {'torch':>8} {'zscope':>8} {'plain':>8}   ratio to torch: zscope, plain")
for name in names:
    rates = []
    for _ in range(rounds):
        rates.append((float(said([python, torch, name, seconds])), ours(name, "0"), ours(name, "1")))
    ratio = lambda i: sorted(r[i] / r[0] for r in rates)
    told = lambda r: f"{statistics.median(r):.2f} ({r[0]:.2f}–{r[-1]:.2f})"
    medians = " ".join(f"{statistics.median(r[i] for r in rates):8.0f}" for i in range(3))
    print(f"{name:14} {medians}   {told(ratio(1))}, {told(ratio(2))}", flush=True)
print("load", os.getloadavg())
