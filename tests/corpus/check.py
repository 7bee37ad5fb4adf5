"""Opens every file of a corpus with zscope and compares what it computes with the golden arrays: check.py OUT [NAMES...].

ZSCOPE is the binary (default: zscope on the path). First with defaults, then with those of the json's settings that differ from what
zscope chose, then the other networks that it lists. Writes OUT/check.tsv too. Verdicts:
  right     at once                     settings  after the settings named
  other     as the n-th other network   part      some of decoder, encoder, critic, classes
  wrong     opened, none agrees         refused   with the sentence        timeout   60 s"""

import json, os, re, shutil, subprocess, sys, time
from pathlib import Path

import numpy as np

ZSCOPE = os.environ.get("ZSCOPE", "zscope")
CLOSE, LIMIT, OTHERS = 1e-3, 60, 4


def zscope(*args):
    """rc, stdout, stderr, seconds; rc None: it took too long."""
    begun = time.time()
    try:
        p = subprocess.run([ZSCOPE, *map(str, args)], capture_output=True, text=True, timeout=LIMIT)
        return p.returncode, p.stdout, p.stderr.strip(), time.time() - begun
    except subprocess.TimeoutExpired:
        return None, "", f"no answer in {LIMIT} s", time.time() - begun


def sentence(text):
    lines = [l for l in text.splitlines() if l.strip()]
    if not lines:
        return "(no words)"
    # Without the path, and without the advice that all refusals end in.
    words = re.sub(r"^(zscope|error): *", "", lines[-1]).split("; describe it in a small file")[0]
    return re.sub(r"/\S*/\.check/\S+", "it", words).replace("it holds tensors whose network zscope can't work out: ", "")


def compare(golden, out, name):
    """None if `name` agrees with the golden array or an alternative of it, else words."""
    if name not in out:
        return "none"
    got, best = out[name].astype(np.float64).ravel(), None
    for key in (name, f"{name}_alt", f"{name}_alt2"):
        if key in golden:
            want = golden[key].astype(np.float64).ravel()
            if want.size != got.size:
                best = best or f"{list(out[name].shape)} for {list(golden[key].shape)}"
                continue
            apart = np.abs(want - got).max()
            if not apart >= CLOSE and np.isfinite(apart):
                return None
            best = f"off by {apart:.2g}"
    return best


def forward(file, golden, scratch, z="z", y="y"):
    """{part: None if right, else words}."""
    parts = {}
    for inputs, wanted in (({"z": z}, [y]), ({"x": "x"}, ["mu", "logvar", "critic"])):
        wanted = [w for w in wanted if w in golden]
        if not wanted or list(inputs.values())[0] not in golden:
            continue
        key, source = list(inputs.items())[0]
        np.savez(scratch / "in.npz", **{key: golden[source]})
        (scratch / "out.npz").unlink(missing_ok=True)
        rc, _, err, _ = zscope("forward", file, "--input", scratch / "in.npz", "--out", scratch / "out.npz", "--device", "cpu")
        if rc != 0:
            parts.update({w: sentence(err) for w in wanted})
            continue
        with np.load(scratch / "out.npz") as out:
            for w in wanted:
                # The file has "y"; the golden may be y_class3 or y_alt.
                if w.startswith("y"):
                    parts[w] = compare({"y": golden[w]}, out, "y")
                else:
                    parts[w] = compare(golden, out, w)
    return parts


def wrong(parts):
    return {k: v for k, v in parts.items() if v}


def decoded(file, golden, scratch):
    """As `forward`; a conditional network may also take the class as latents (z_alt, y_alt)."""
    parts = forward(file, golden, scratch)
    if parts.get("y") and "z_alt" in golden:
        again = forward(file, {k: golden[k] for k in ("z_alt", "y_alt")}, scratch, "z_alt", "y_alt")
        if not again["y_alt"]:
            parts["y"], parts["class"] = None, "only as latents"
    return parts


def check(about, out):
    file0 = out / about["file"]
    scratch = out / ".check" / about["name"]
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    file = scratch / about["file"]
    shutil.copy(file0, file)
    toml = Path(f"{file}.zscope.toml")
    golden = dict(np.load(out / f"{about['name']}.golden.npz"))
    rc, text, err, seconds = zscope("inspect", file, "--json")
    row = dict(seconds=seconds, unused="-", words="", verdict="")
    if rc is None:
        return dict(row, verdict="timeout", words=err)
    if rc != 0:
        return dict(row, verdict="refused" if rc == 1 else f"crash rc {rc}", words=sentence(err))
    seen = json.loads(text.splitlines()[-1])
    row["unused"] = len(seen.get("unused", []))
    first = decoded(file, golden, scratch)
    bad, how = wrong(first), "right"

    def choose(seen):
        """Words for the settings that differ, and all of them as arguments: setting one may move another."""
        knobs = seen.get("settings", {})
        here = {k: v for k, v in about["settings"].items() if k in knobs}
        return ", ".join(f"{k}={v}" for k, v in here.items() if knobs[k]["value"] != v), sets(here)

    def sets(settings):
        return [a for k, v in settings.items() for a in ("--set", f"{k}={v}")]

    def posteriors(seen, args, now):
        """Where only the encoder is wrong, the other places of mean and log-variance."""
        if now and set(now) <= {"mu", "logvar"}:
            for p in seen.get("settings", {}).get("posterior", {}).get("choices", []):
                if not written(*args, *sets({"posterior": p})) and not wrong(decoded(file, golden, scratch)):
                    return p
        return None

    def written(*args):
        toml.unlink(missing_ok=True)
        rc, _, err, _ = zscope("describe", file, *args)
        return None if rc == 0 else sentence(err)

    best, keep = dict(bad), []

    def tried(seen, args, words):
        """Keeps a network with its true settings, where it is better than the best so far."""
        nonlocal best, keep, how
        differ, true = choose(seen)
        for more, said in (([], []), (true, [differ] if differ else [])):
            trouble = written(*args, *more) if args or more else None
            if trouble:
                best["describe"] = trouble
                continue
            now = wrong(decoded(file, golden, scratch))
            place = posteriors(seen, [*args, *more], now)
            extra = [*args, *more, *(sets({"posterior": place}) if place else [])]
            now = {} if place else now
            if len(now) < len(best):
                best, keep, how = now, extra, " ".join([words, ", ".join(said + ([f"posterior={place}"] if place else []))]).strip()
            if not set(best) - {"class"}:
                return

    if set(bad) - {"class"}:
        tried(seen, [], "settings")
        for n in range(1, min(OTHERS, len(seen.get("others", []))) + 1):
            if not set(best) - {"class"}:
                break
            if not written("--other", n):
                rc, text, _, _ = zscope("inspect", file, "--json")
                if rc == 0:
                    tried(json.loads(text.splitlines()[-1]), ["--other", n], f"other {n}")
    total = len(first)
    if "y_class3" in golden and "class" not in best:
        total += 1
        if "y" in best:
            best["class 3"] = "as y"
        else:
            trouble = written(*keep, "--set", "class=3")
            best.update({"class 3": trouble} if trouble else {"class 3": v for v in forward(file, {"z": golden["z"], "y_class3": golden["y_class3"]}, scratch, y="y_class3").values() if v})
    toml.unlink(missing_ok=True)
    words = "; ".join(f"{k} {v}" for k, v in best.items())
    if not best:
        return dict(row, verdict=how.split()[0], words=how.partition(" ")[2])
    return dict(row, verdict="part" if len(best) < total or "class" in best and len(best) == 1 else "wrong", words=words + (f" (with {how})" if how != "right" else ""))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, names = Path(sys.argv[1]).resolve(), sys.argv[2:]
    rows, totals = [], {}
    print(f"{'name':28} {'kind':20} {'verdict':9} {'s':>5} {'unused':>6}  words")
    for path in sorted(out.glob("*.json")):
        about = dict(json.loads(path.read_text()), name=path.stem)
        if names and not any(path.stem.startswith(n) for n in names):
            continue
        try:
            row = check(about, out)
        except Exception as e:
            row = dict(verdict="crash", seconds=0, unused="-", words=f"{type(e).__name__}: {e}")
        totals[row["verdict"]] = totals.get(row["verdict"], 0) + 1
        rows.append([path.stem, about["kind"], row["verdict"], f"{row['seconds']:.1f}", str(row["unused"]), row["words"]])
        n, kind, verdict, s, unused, words = rows[-1]
        print(f"{n:28} {kind:20} {verdict:9} {s:>5} {unused:>6}  {words}", flush=True)
    if not names:
        (out / "check.tsv").write_text("".join("\t".join(r) + "\n" for r in rows))
    print("total " + str(len(rows)) + ": " + ", ".join(f"{v} {k}" for k, v in sorted(totals.items(), key=lambda t: -t[1])))


main()
