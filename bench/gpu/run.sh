#!/bin/sh
# sh run.sh [--minutes M] [--only reading|generation]: the engine on this machine's GPU, then PyTorch where python3 has it; one JSON line a part.
cd "$(dirname "$0")" || exit 1
minutes=5
[ "${1:-}" = --minutes ] && { minutes=${2:?how many}; shift 2; }
only=
[ "${1:-}" = --only ] && only=${2:?which part}
work=$(mktemp -d)
cp -r app "$work/"
gzip -dc dawn.node.gz > "$work/app/node_modules/webgpu/dist/linux-x64/dawn.node"
if command -v xz > /dev/null; then xz -dc node.xz > "$work/node"
else python3 -c "import lzma, shutil; shutil.copyfileobj(lzma.open('node.xz'), open('$work/node', 'wb'))"; fi
chmod +x "$work/node"
if ! ldconfig -p 2> /dev/null | grep -q libvulkan; then
  for package in *.deb; do [ -f "$package" ] && dpkg -x "$package" "$work/vulkan"; done
  export LD_LIBRARY_PATH="$work/vulkan/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}"
fi
for driver in /usr/local/nvidia/share/vulkan/icd.d /usr/share/vulkan/icd.d /etc/vulkan/icd.d; do
  [ -z "${VK_ICD_FILENAMES:-}" ] && [ -f "$driver/nvidia_icd.json" ] && export VK_ICD_FILENAMES="$driver/nvidia_icd.json"
done
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$work}"
"$work/node" "$work/app/bench.mjs" "$minutes" $only
if [ "$only" != reading ] && python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
  # No file is called pytorch.py: what PEFT asks Python for would find it, and run it.
  [ -z "$only" ] && python3 step_pytorch.py
  python3 -c 'import peft, transformers' 2> /dev/null && python3 generation_pytorch.py
fi
rm -rf "$work"
