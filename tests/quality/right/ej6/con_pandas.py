# Una tabla de pandas con una columna de reparto; muestreo con df.sample en cada época
# %% ej6_fine_tuning
import io

import pandas as pd

csv = """split;label;text
train;1;Please cancel my order immediately
train;1;The parcel arrived broken
train;1;Nobody answers the phone in your office
train;1;I was charged twice for the same item
train;1;The colour is not the one I ordered
train;1;Your delivery is three weeks late
train;1;The instructions are missing from the box
train;1;I want a refund for this faulty lamp
train;1;The zip broke on the first day
train;0;Thank you for the quick delivery
train;0;The quality is excellent for the price
train;0;Great service, I will buy again
train;0;My daughter loves her new backpack
train;0;Everything arrived in perfect condition
train;0;The sofa is even nicer than in the picture
train;0;Very happy with this purchase
train;0;Your team solved my question in minutes
train;0;Five stars, highly recommended
test;1;The shoes fell apart after two days
test;1;I am still waiting for my money back
test;1;The screen was cracked when I opened it
test;1;Terrible customer service, never again
test;0;A lovely gift, beautifully wrapped
test;0;It works perfectly, thanks
test;0;Fast shipping and friendly staff
test;0;I am delighted with the new chairs"""
df = pd.read_csv(io.StringIO(csv), sep=";")
train_df, test_df = df[df["split"] == "train"], df[df["split"] == "test"]
custom_texts, custom_labels = train_df["text"].tolist(), train_df["label"].to_numpy()
test_texts, test_labels = test_df["text"].tolist(), test_df["label"].tolist()

custom_classifier = BERTSentimentClassifier(seed=8)
optimizer = torch.optim.AdamW(custom_classifier.model.parameters(), lr=1e-4)
records = []
for epoch in range(4):
    shuffled = train_df.sample(frac=1, random_state=epoch)
    for number, chunk in enumerate((shuffled.iloc[:9], shuffled.iloc[9:])):
        loss = custom_classifier.train_step(chunk["text"].tolist(), chunk["label"].tolist(), optimizer)
        records.append({"epoch": epoch, "batch": number, "loss": loss})
loss_history = pd.DataFrame(records).groupby("epoch")["loss"].mean().tolist()
test_accuracy = float((custom_classifier.predict(test_texts)[0] == test_df["label"]).mean())
