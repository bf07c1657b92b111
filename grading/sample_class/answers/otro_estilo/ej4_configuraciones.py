def texto(c):
    (unico,) = generator.generate(prompt, MAX_LENGTH, c["temperature"], c["top_k"], c["top_p"], 1, SEED)
    return unico


def entropia(c):
    p = sampling_distribution(
        generator.get_next_token_logits(prompt).tolist(), c["temperature"], c["top_k"], c["top_p"]
    )
    return torch.distributions.Categorical(torch.tensor(p)).entropy()


generated = {c["name"]: texto(c) for c in reversed(configs)}
config_entropy = {c["name"]: entropia(c) for c in configs}
