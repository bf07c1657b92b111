# Dataset y DataLoader propios y un bucle de PyTorch sin train_step; pérdidas con .item()
# %% ej6_fine_tuning
from torch import nn
from torch.utils.data import DataLoader, Dataset

WEATHER, MONEY = 0, 1
rows = [
    ("Heavy rain is expected in the north tonight", WEATHER),
    ("The bank raised its interest rates again", MONEY),
    ("Snow will fall above one thousand metres", WEATHER),
    ("Shares of the company fell by ten percent", MONEY),
    ("It will be sunny and warm on Saturday", WEATHER),
    ("The stock market closed at a record high", MONEY),
    ("Strong winds are blowing on the coast", WEATHER),
    ("Inflation slowed down in the last quarter", MONEY),
    ("The storm brought thunder and hail", WEATHER),
    ("Investors are selling their bonds", MONEY),
    ("Fog reduced visibility in the valley", WEATHER),
    ("The firm reported a loss of two million dollars", MONEY),
    ("Temperatures will drop below zero", WEATHER),
    ("The government wants to lower taxes", MONEY),
    ("Clouds will clear in the afternoon", WEATHER),
    ("The merger will create a giant of insurance", MONEY),
    ("A heat wave is coming from the south", WEATHER),
    ("The price of oil went up on Monday", MONEY),
]
held_out = [
    ("Showers are likely on Sunday morning", WEATHER),
    ("The budget deficit keeps growing", MONEY),
    ("A cold front will cross the country", WEATHER),
    ("Her savings account pays two percent", MONEY),
    ("Frost damaged the orange trees last night", WEATHER),
    ("The currency lost value against the dollar", MONEY),
    ("The sky will be cloudy all week", WEATHER),
    ("Profits doubled thanks to exports", MONEY),
]


class Sentences(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


custom_texts, custom_labels = map(list, zip(*rows))
test_texts, test_labels = map(list, zip(*held_out))

torch.manual_seed(7)
custom_classifier = BERTSentimentClassifier()
net, tok = custom_classifier.model, custom_classifier.tokenizer
loader = DataLoader(Sentences(rows), batch_size=6, shuffle=True)
optimizer, criterion = torch.optim.AdamW(net.parameters(), lr=1e-4), nn.CrossEntropyLoss()

loss_history = []
for epoch in range(3):
    net.train()
    running = 0.0
    for sentences, targets in loader:
        optimizer.zero_grad()
        logits = net(**tok(list(sentences), padding=True, return_tensors="pt")).logits
        loss = criterion(logits, targets)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(sentences)
    loss_history.append(running / len(rows))

net.eval()
with torch.no_grad():
    scores = net(**tok(test_texts, padding=True, return_tensors="pt")).logits
test_accuracy = (scores.argmax(dim=1) == torch.tensor(test_labels)).float().mean().item()
