"""Prints the licences of the crates that programs are made of: licences.py TARGET CRATE..., for scripts/package."""

import json
import pathlib
import subprocess
import sys

target, *crates = sys.argv[1:]
command = ["cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={target}"]
metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}

# what is built into the programs: neither what builds them nor what tests them
left = [package["id"] for package in packages.values() if package["name"] in crates]
found = set()
while left:
    crate = left.pop()
    if crate not in found:
        found.add(crate)
        for needed in nodes[crate]["deps"]:
            if any(kind["kind"] is None for kind in needed["dep_kinds"]):
                left.append(needed["pkg"])

# each text once, with the crates that have it
texts = {}
for package in sorted((packages[crate] for crate in found if packages[crate]["source"]), key=lambda one: one["name"]):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file())
    files = [path for path in files if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE"))]
    own = [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]
    name = f"{package['name']} {package['version']}, {package['license']}, {package['repository']}"
    for text in own or ["The crate has no file with its licence."]:
        _, names = texts.setdefault(" ".join(text.split()), (text, []))
        names.append(name)

out = sys.stdout.buffer
out.write("The programs are made of these crates, besides Gatepost's own.\n".encode())
for text, names in texts.values():
    out.write(f"\n{'=' * 80}\n".encode())
    out.write("\n".join(names).encode())
    out.write(f"\n{'-' * 80}\n\n{text}\n".encode())
