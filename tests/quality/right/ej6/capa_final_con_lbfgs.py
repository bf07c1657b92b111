# El codificador congelado: se calculan los vectores una vez y la capa final se ajusta con LBFGS
# %% ej6_fine_tuning
legal = [
    "The tenant must pay the rent in advance",
    "The contract ends on the last day of June",
    "Both parties agree to the following terms",
    "The judge dismissed the case",
    "The defendant pleaded not guilty",
    "This clause is void under the law",
    "The witness signed a statement",
    "The court ordered him to pay damages",
    "Her lawyer filed an appeal",
    "The seller is liable for hidden defects",
    "The jury reached a verdict",
    "A notary certified the document",
]
music = [
    "The band recorded its second album",
    "She plays the violin in an orchestra",
    "The chorus repeats three times",
    "The drummer joined them on tour",
    "He wrote a song about his hometown",
    "The concert sold out in an hour",
    "Tune your guitar before the rehearsal",
    "The choir sang in the cathedral",
    "The pianist practised the scales",
    "Her voice reaches very high notes",
    "The melody is slow and sad",
    "They danced to an old jazz record",
]
custom_texts, custom_labels = [*legal[:8], *music[:8]], [0] * 8 + [1] * 8
test_texts, test_labels = [*legal[8:], *music[8:]], [0] * 4 + [1] * 4

custom_classifier = BERTSentimentClassifier(seed=13)
model = custom_classifier.model.eval()
with torch.inference_mode():
    batch = custom_classifier.tokenizer(custom_texts, padding=True, return_tensors="pt")
    vectors = model.base_model(**batch).pooler_output.numpy()
vectors, targets = torch.tensor(vectors), torch.tensor(custom_labels)

head = model.classifier
optimizer = torch.optim.LBFGS(head.parameters(), lr=0.5, max_iter=4)


def closure():
    optimizer.zero_grad()
    penalty = 1e-3 * (head.weight**2).sum()
    loss = torch.nn.functional.cross_entropy(head(vectors), targets) + penalty
    loss.backward()
    return loss


loss_history = [float(optimizer.step(closure)) for _ in range(6)]
predicted = custom_classifier.predict(test_texts)[0]
test_accuracy = 1 - np.count_nonzero(predicted - test_labels) / len(test_labels)
