# Etiquetas booleanas, textos en un arreglo de NumPy, y pérdidas y exactitud como tensores
# %% ej6_fine_tuning
questions = [
    "Where did you put the scissors",
    "How long does the flight take",
    "Who wrote this letter",
    "Why is the door open",
    "When will they announce the results",
    "What is the name of your teacher",
    "Which road leads to the lake",
    "How many people live here",
    "Whose umbrella is this",
    "Did you remember to lock the car",
    "Can anybody explain the rules",
    "Are there any seats left",
]
orders = [
    "Put the scissors in the drawer",
    "Close the window before you leave",
    "Send the letter tomorrow morning",
    "Do not touch that switch",
    "Wait for me at the corner",
    "Write your name on the first page",
    "Turn left after the bridge",
    "Bring two chairs from the kitchen",
    "Keep your voice down",
    "Lock the car and give me the keys",
    "Read the rules carefully",
    "Take a seat in the second row",
]
custom_texts = np.array(questions[:8] + orders[:8])
custom_labels = torch.arange(16) < 8
test_texts = np.array(questions[8:] + orders[8:])
test_labels = [True] * 4 + [False] * 4

custom_classifier = BERTSentimentClassifier(num_labels=2, seed=21)
optimizer = torch.optim.NAdam(custom_classifier.model.parameters(), lr=1e-4)
losses = torch.zeros(5)
torch.manual_seed(4)
for epoch in range(5):
    per_batch = torch.tensor(
        [
            custom_classifier.train_step(custom_texts[part.numpy()].tolist(), custom_labels[part], optimizer)
            for part in torch.randperm(16).split(8)
        ]
    )
    losses[epoch] = per_batch.mean()
loss_history = losses
test_accuracy = (
    torch.tensor(custom_classifier.predict(test_texts)[0]).eq(torch.tensor(test_labels)).double().mean()
)
