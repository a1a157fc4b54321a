"""Times of LoRA steps of a model of SmolLM2-135M's shape, weights drawn at random: a line in, the seconds of a step out."""
import json
import sys
import time

import peft
import torch
import transformers

sizes = json.loads(sys.argv[1])
torch.set_num_threads(sizes["threads"])
torch.manual_seed(1)
config = transformers.LlamaConfig(
    vocab_size=49152, hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
    intermediate_size=1536, rms_norm_eps=1e-5, rope_theta=100000.0, tie_word_embeddings=True,
)
model = transformers.LlamaForCausalLM(config).to(torch.float32)
model = peft.get_peft_model(
    model,
    peft.LoraConfig(
        r=sizes["rank"], lora_alpha=16, lora_dropout=0.0,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    ),
)
model.train()
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0)
ids = torch.randint(0, 49152, (sizes["rows"], sizes["tokens"]))


def step():
    started = time.perf_counter()
    optimizer.zero_grad()
    model(input_ids=ids, labels=ids).loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    return time.perf_counter() - started


step()
print(f"torch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}", flush=True)
for _ in sys.stdin:
    print(step(), flush=True)
