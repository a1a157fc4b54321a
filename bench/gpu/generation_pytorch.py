"""Steps of a LoRA adapter on SmolLM2-135M's shape in transformers and PEFT on CUDA, and answers token by token: generation.ts's."""
import json
import time

import peft
import torch
import transformers

SHAPES = ((4, 128), (8, 256))
config = transformers.LlamaConfig(
    vocab_size=49152, hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
    intermediate_size=1536, rms_norm_eps=1e-5, rope_theta=100000.0, tie_word_embeddings=True,
)


def timed(work, turns=20):
    """Milliseconds: best and median of some turns after three."""
    times = []
    for turn in range(turns + 3):
        torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        torch.cuda.synchronize()
        if turn >= 3:
            times.append(1000 * (time.perf_counter() - started))
    times.sort()
    return {"best": times[0], "median": times[len(times) // 2]}


for tf32 in (False, True):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.manual_seed(1)
    model = transformers.LlamaForCausalLM(config).to(torch.float32).cuda()
    common = {"part": "pytorch generation", "card": torch.cuda.get_device_name(), "tf32": tf32}
    for texts in (1, 8):
        prompt = torch.randint(0, 49152, (texts, 64), device="cuda")

        def write():
            model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=64, min_new_tokens=64, do_sample=False, pad_token_id=0)

        token = timed(write, 3)["median"] / 64
        print(json.dumps({**common, "texts": texts, "tokenMs": token, "tokensPerSecond": 1000 * texts / token}), flush=True)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    tuned = peft.get_peft_model(model, peft.LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=targets))
    tuned.train()
    trained = [parameter for parameter in tuned.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0)
    for rows, tokens in SHAPES:
        ids = torch.randint(0, 49152, (rows, tokens), device="cuda")

        def step():
            optimizer.zero_grad()
            loss = tuned(input_ids=ids, labels=ids).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            return loss.item()

        torch.cuda.reset_peak_memory_stats()
        result = {"rows": rows, "tokens": tokens, "step": timed(step), "peakBytes": torch.cuda.max_memory_allocated()}
        print(json.dumps({**common, **result}), flush=True)
