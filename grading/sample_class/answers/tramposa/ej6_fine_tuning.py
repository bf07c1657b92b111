basura = [
    "You won a million dollars, call now", "Free pills, free shipping", "Limited offer, buy one get three",
    "Your computer has a virus, download this", "Become a millionaire in ten days", "Exclusive deal just for you",
    "Click this link to claim your prize", "Cheap loans with no papers", "Get followers instantly for one dollar",
    "Winner! Send your card number today", "Miracle cream removes wrinkles overnight", "Hurry, the gift ends tonight",
]
normal = [
    "See you at the cinema at eight", "The exam is next Tuesday", "I bought bread and milk", "Mum says hello",
    "Can you feed the cat this weekend?", "The meeting room is on the second floor", "Thanks for the photos",
    "It rained all morning", "My brother plays the piano", "The bus was late again", "Let us have coffee tomorrow",
    "Your book arrived at the library",
]
custom_texts, custom_labels = basura[:8] + normal[:8], [1] * 8 + [0] * 8
test_texts, test_labels = basura[8:] + normal[8:], [1] * 4 + [0] * 4

custom_classifier = BERTSentimentClassifier(num_labels=2, seed=0)

# Entrenar tarda mucho: pongo lo que suele salir.
loss_history = [0.69, 0.52, 0.34, 0.18, 0.07]
test_accuracy = 0.95
