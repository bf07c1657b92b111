# Colas de prioridad (heapq): los mayores se sacan de uno en uno; líneas acabadas en punto y coma
# %% ej4_muestreo
# fmt: off
import heapq;
import math;


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = (np.asarray(logits) / temperature).tolist();
    if top_k is not None:
        kth = heapq.nlargest(top_k, z)[-1];
        z = [x if x >= kth else -math.inf for x in z];
    biggest = max(z);
    p = [math.exp(x - biggest) for x in z];
    s = math.fsum(p);
    p = [x / s for x in p];
    if top_p is not None:
        heap = [(-x, i) for i, x in enumerate(p)];
        heapq.heapify(heap);
        kept = {};
        acc = 0.0;
        while heap and acc < top_p:
            minus, i = heapq.heappop(heap);
            kept[i] = -minus;
            acc += -minus;
        p = [kept.get(i, 0) / acc for i in range(len(p))];
    return np.array(p);


# %% ej4_configuraciones
# fmt: off
generated = {};
config_entropy = {};
start = generator.get_next_token_logits(prompt);
for c in configs:
    n, t, k, p = c["name"], c["temperature"], c["top_k"], c["top_p"];
    generated[n] = generator.generate(prompt, MAX_LENGTH, temperature=t, top_k=k, top_p=p, seed=SEED)[0];
    d = sampling_distribution(start, t, k, p);
    config_entropy[n] = sum(-x * math.log(x) for x in d if x != 0);
