//! What is printed on the pages and what pupils wrote on them. None of it is from a real test.

/// Questions about a text.
pub(super) const READING: &[&str] = &[
    "What did Tam find under the floor of the mill?",
    "Why did the harbour fall silent at dusk?",
    "How do you know that the old lamp was valuable?",
    "Find and copy one word that means tired.",
    "Explain why nobody believed the ferry keeper.",
    "Which animal came back in the spring?",
    "What does this suggest about the storm?",
    "How is the valley made to seem lonely?",
    "Give two reasons why the twins turned back.",
];

/// Answers to them, more or less.
pub(super) const ANSWERS: &[&str] = &[
    "he found a rusty key in a tin box",
    "because the boats had all gone home",
    "it says it was wrapped in silk",
    "weary",
    "They had never seen the lights",
    "the heron came back to the river",
    "it was going to be a very bad one",
    "there are no people only the wind",
    "because it was dark and cold",
    "she did not want her brother to know",
    "It was made of gold I think",
    "they were scared of the noise",
];

/// Sentences about grammar.
pub(super) const GRAMMAR: &[&str] = &[
    "Tick the sentence that is a command.",
    "Circle the two adverbs in the sentence below.",
    "Which word is a preposition? Tick one.",
    "Insert a comma in the correct place.",
    "Underline the relative clause below.",
    "Write a noun that means being kind.",
    "Tick one box to show the tense.",
];

/// Choices that can be ticked.
pub(super) const CHOICES: &[&str] = &[
    "The rain fell softly on the roof.",
    "Bring your boots to the door.",
    "How quickly the ducks swam!",
    "Under the bridge it was quiet.",
    "Asha has painted the fence.",
    "Will the train be late today?",
    "After lunch we walked home.",
    "Ben was reading by the fire.",
];

/// Sentences with a gap, and the word that pupils tried to spell.
pub(super) const SPELLING: &[(&str, &str, &str)] = &[
    ("The", "brigde", "crosses the river."),
    ("We saw a", "beautiful", "sunset."),
    ("Her", "neighbour", "feeds the cat."),
    ("It was a", "neccessary", "repair."),
    ("The", "orchestra", "began to play."),
    ("He gave a", "gentle", "knock."),
    ("The", "volcano", "was asleep."),
    ("They bought", "vegtables", "at the stall."),
    ("A", "mysterious", "letter came."),
    ("The clock", "stoped", "at noon."),
    ("She is very", "corageous", "indeed."),
    ("It is a", "seperate", "building."),
];

/// What is drawn beside a problem.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    None,
    Rectangle,
    Triangle,
    Bars,
}

/// Problems with numbers.
pub(super) const REASONING: &[(&str, Figure)] = &[
    ("A box holds 24 pears. How many in 15 boxes?", Figure::None),
    ("Work out the perimeter of this shape.", Figure::Rectangle),
    ("What is the size of the largest angle?", Figure::Triangle),
    ("The graph shows rain. Which day was wettest?", Figure::Bars),
    ("Dev spends 3/4 of his money. What is left?", Figure::None),
    ("What is the area of this field?", Figure::Rectangle),
    ("The bars show birds seen. How many in all?", Figure::Bars),
    ("Find the missing side.", Figure::Triangle),
];
