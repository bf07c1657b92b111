import sys
import warnings

generated = {}
config_entropy = {}
for c in tqdm(configs, desc="configuraciones"):
    warnings.warn(f"generando con {c['name']}", stacklevel=1)
    textos = generator.generate(
        prompt=prompt,
        max_length=MAX_LENGTH,
        temperature=c["temperature"],
        top_k=c["top_k"],
        top_p=c["top_p"],
        num_return_sequences=1,
        seed=SEED,
    )
    print(c["name"], "->", textos)
    generated[c["name"]] = textos[0]
    p = sampling_distribution(
        generator.get_next_token_logits(prompt), c["temperature"], c["top_k"], c["top_p"]
    ).astype("float64")
    config_entropy[c["name"]] = -np.sum(p * np.log(p + 1e-12))
    print("entropía:", config_entropy[c["name"]], file=sys.stderr)
config_entropy
