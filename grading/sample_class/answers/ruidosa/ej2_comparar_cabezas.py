import sys
import warnings

from tqdm import tqdm

average_attention = {}
mean_entropy = {}
for num_heads in tqdm(head_configs, desc="cabezas"):
    warnings.warn(f"probando {num_heads} cabezas", stacklevel=1)
    mha = MultiHeadAttentionNumPy(64, num_heads, seed=42)
    output, attn_list = mha(X, return_attention=True)
    pesos = np.array(attn_list)
    print("forma de los pesos:", pesos.shape)
    average_attention[num_heads] = np.mean(pesos, axis=0)
    logaritmos = np.log(pesos + 1e-12)
    print("entropías:", -(pesos * logaritmos).sum(2), file=sys.stderr)
    mean_entropy[num_heads] = np.mean(-np.sum(pesos * logaritmos, axis=2))
mean_entropy
