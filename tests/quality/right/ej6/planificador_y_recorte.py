# Calentamiento lineal de la tasa, recorte del gradiente y grupos de parámetros con tasas distintas
# %% ej6_fine_tuning
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import LambdaLR

formal = [
    "I am writing to apply for the position of accountant",
    "Please find enclosed the documents you requested",
    "We regret to inform you that the event has been cancelled",
    "I would be grateful if you could reply by Friday",
    "Yours sincerely, the director of the department",
    "The committee will consider your proposal in due course",
    "Kindly confirm your attendance at your earliest convenience",
    "We hereby acknowledge receipt of your payment",
    "Should you require further information, do not hesitate to contact us",
    "It is our pleasure to invite you to the annual meeting",
    "I wish to express my gratitude for your assistance",
    "The undersigned requests a copy of the certificate",
]
casual = [
    "hey dude, wanna grab a pizza tonight?",
    "lol that was so funny, can't stop laughing",
    "omg no way, tell me everything",
    "gonna be late, sorry mate",
    "yeah sure, see ya there",
    "what's up guys, party at mine",
    "nah, I'm kinda tired today",
    "that game was awesome, bro",
    "can't wait to see ya, gonna be epic",
    "ugh, mondays are the worst",
    "thx a lot, you rock",
    "c'mon, it's gonna be fun",
]
custom_texts, custom_labels = formal[:8] + casual[:8], [0] * 8 + [1] * 8
test_texts, test_labels = formal[8:] + casual[8:], [0] * 4 + [1] * 4

EPOCHS, BATCH = 5, 8
STEPS = EPOCHS * len(custom_texts) // BATCH
custom_classifier = BERTSentimentClassifier(num_labels=2, seed=6)
model = custom_classifier.model
optimizer = torch.optim.AdamW(
    [
        {"params": model.base_model.parameters(), "lr": 8e-5},
        {"params": model.classifier.parameters(), "lr": 1e-3},
    ]
)
schedule = LambdaLR(optimizer, lambda step: min((step + 1) / 3, (STEPS - step) / (STEPS - 2)))
rng = torch.Generator().manual_seed(6)
loss_history = []
model.train()
for _ in range(EPOCHS):
    losses = []
    for part in torch.randperm(len(custom_texts), generator=rng).split(BATCH):
        inputs = custom_classifier.tokenizer(
            [custom_texts[i] for i in part], padding=True, return_tensors="pt"
        )
        output = model(**inputs, labels=torch.tensor(custom_labels)[part])
        output.loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(output.loss.detach())
    loss_history.append(torch.stack(losses).mean().item())
test_accuracy = float(np.equal(custom_classifier.predict(test_texts)[0], test_labels).mean())
