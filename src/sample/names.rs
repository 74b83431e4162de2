//! Names of people who do not exist: forenames and surnames of many heritages, commonest first.

use super::random::{Purpose, Random};

/// The name of whoever has an account: always the same for the same username.
pub fn of_account(username: &str) -> String {
    let seed =
        username.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut random = Random::new(seed, Purpose::Organisations, 0);
    let mut one_of = |names: &[&'static str]| {
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        names[random.below(count) as usize]
    };
    let forenames = if seed % 2 == 0 { GIRLS } else { BOYS };
    format!("{} {}", one_of(forenames), one_of(SURNAMES))
}

/// Girls' forenames, commonest first.
#[rustfmt::skip] // as dense as prose
pub(super) const GIRLS: &[&str] = &[
    "Olivia", "Amelia", "Isla", "Ava", "Mia", "Lily", "Aisha", "Grace", "Freya", "Maryam",
    "Florence", "Sophie", "Ella", "Evie", "Poppy", "Fatima", "Isabelle", "Zara", "Charlotte",
    "Harper", "Daisy", "Phoebe", "Alice", "Sienna", "Zainab", "Rosie", "Matilda", "Ruby", "Emily",
    "Chloe", "Elsie", "Hannah", "Maya", "Layla", "Eva", "Jasmine", "Ivy", "Esme", "Imogen",
    "Khadija", "Molly", "Lola", "Thea", "Ayesha", "Scarlett", "Eliza", "Lucy", "Bethany", "Anaya",
    "Holly", "Zofia", "Erin", "Maisie", "Amina", "Nancy", "Beatrice", "Priya", "Hafsa", "Lottie",
    "Summer", "Darcie", "Martha", "Chidera", "Megan", "Orla", "Safa", "Georgia", "Heidi", "Julia",
    "Niamh", "Temperance", "Simran", "Abigail", "Adunni", "Maja", "Robyn", "Willow", "Sumaya",
    "Tilly", "Edith", "Harriet", "Inaya", "Nicole", "Ngozi", "Penelope", "Rhiannon", "Seren",
    "Tamara", "Ottilie", "Wiktoria", "Yasmin", "Xin Yi", "Ottoline", "Bronwen", "Meera", "Lakshmi",
    "Ebony", "Cora", "Delphine", "Marnie",
];

/// Boys' forenames, commonest first.
#[rustfmt::skip] // as dense as prose
pub(super) const BOYS: &[&str] = &[
    "Oliver", "Noah", "Muhammad", "George", "Leo", "Arthur", "Harry", "Oscar", "Jack", "Henry",
    "Archie", "Theo", "Freddie", "Alfie", "Charlie", "Mohammed", "Joshua", "Thomas", "Logan",
    "Isaac", "James", "Adam", "Finley", "Lucas", "William", "Yusuf", "Max", "Ethan", "Edward",
    "Ibrahim", "Reuben", "Daniel", "Samuel", "Jacob", "Toby", "Ali", "Elijah", "Rory", "Hugo",
    "Mason", "Arlo", "Sebastian", "Jude", "Harrison", "Dylan", "Louie", "Kai", "Omar", "Zachary",
    "Benjamin", "Ralph", "Tommy", "Hamza", "Ezra", "Felix", "Jakub", "Frankie", "Nathan", "Ryan",
    "Riley", "Aryan", "Rowan", "Bobby", "Gabriel", "Michael", "Kian", "Jenson", "Abdullah", "Caleb",
    "Filip", "Elliot", "Luca", "Stanley", "Emmanuel", "Owen", "Haris", "Ellis", "Kwame", "Dexter",
    "Ronnie", "Ayaan", "Otis", "Chibuzo", "Rhys", "Gethin", "Szymon", "Tobias", "Vihaan", "Kit",
    "Alistair", "Denzel", "Barnaby", "Jun Wei", "Amos", "Tadhg", "Harjot", "Laurence", "Cormac",
    "Ignatius", "Piers",
];

/// Forenames that have broken systems before: marks, hyphens, spaces, one letter, length.
#[rustfmt::skip] // as dense as prose
pub(super) const UNUSUAL_FORENAMES: &[&str] = &[
    "Zoë", "Chloé", "Seán", "Siân", "José", "Łucja", "Óisín", "Aoife-Mae", "Mary Ann", "J",
    "D'Arcy", "Jo-Leigh", "Noor ul Ain", "Maximilian-Alexander", "Åsa", "Renée", "Ngọc", "Çınar",
    "Anastasia Konstantina", "X",
];

/// Surnames, commonest first.
#[rustfmt::skip] // as dense as prose
pub(super) const SURNAMES: &[&str] = &[
    "Smith", "Jones", "Khan", "Taylor", "Brown", "Williams", "Wilson", "Patel", "Ali", "Johnson",
    "Davies", "Hussain", "Evans", "Ahmed", "Thomas", "Roberts", "Walker", "Wright", "Begum",
    "Robinson", "Thompson", "White", "Hughes", "Edwards", "Green", "Singh", "Lewis", "Wood",
    "Harris", "Martin", "Jackson", "Clarke", "Clark", "Turner", "Hill", "Cooper", "Morris", "Moore",
    "Ward", "Watson", "King", "Harrison", "Morgan", "Baker", "Mahmood", "James", "Scott",
    "Phillips", "Allen", "Akhtar", "Mitchell", "Parker", "Bennett", "Shah", "Cook", "Kaur",
    "Carter", "Bailey", "Richardson", "Shaw", "Bell", "Collins", "Cox", "Mohamed", "Miller",
    "Adams", "Okafor", "Richards", "Marshall", "Iqbal", "Ellis", "Murphy", "Chapman", "Mason",
    "Gray", "Rahman", "Webb", "Rogers", "Kelly", "Hunt", "Mills", "Palmer", "Nowak", "Holmes",
    "Knight", "Stevens", "Mensah", "Simpson", "Fisher", "Barnes", "Powell", "Chowdhury", "Matthews",
    "Butler", "Russell", "Lloyd", "Kowalski", "Barker", "Dixon", "Stone", "Walsh", "Adeyemi",
    "Fletcher", "Reid", "Pearson", "Dean", "Graham", "Hudson", "Osei", "Atkinson", "Gibson",
    "Andrews", "Hamilton", "Payne", "Malik", "Foster", "Harvey", "Bradley", "Ryan", "Owen", "Wells",
    "Wisniewski", "Hunter", "Spencer", "Rose", "Price", "Popescu", "Day", "Burton", "Armstrong",
    "Perry", "Lowe", "Sharma", "Crawford", "Nguyen", "West", "Carr", "Francis", "Nicholson", "Eze",
    "Lawrence", "Cole", "Hart", "Woods", "Curtis", "Farah", "Berry", "Gardner", "Austin", "Wong",
    "Matthias", "Booth", "Ferguson", "Yilmaz", "Lynch", "Hopkins", "Fox", "Chan", "Warren",
    "Jenkins", "Ibrahim", "Wallace", "Harding", "Sutton", "Ionescu", "Newton", "Oliver", "Balogun",
    "Potter", "Riley", "Dhillon", "Walters", "Osborne", "Barrett", "Hassan", "Parry", "Bishop",
    "Gill", "Freeman", "Santos", "Frost", "Ford", "Grant", "Lam", "Cunningham", "Boateng", "Bates",
    "Doyle", "Pham", "Griffin", "Moss", "Wheeler", "Gordon", "Sesay", "Cross", "Bird", "Saunders",
    "Yusuf", "Gibbs", "Hayes", "Mistry", "Long", "Watts", "Rees", "Aziz", "Hammond", "Nwosu",
    "Dawson", "Poole", "Read", "Kamara", "Bibi", "Lambert", "Goodwin", "Rowe", "Fuller", "Sheikh",
    "Page", "Hardy", "Silva", "Pritchard", "Vaughan", "Burgess", "Asante", "Coleman", "Norris",
    "Dunn", "Zielinski", "Hodgson", "Blake", "Ncube", "Hewitt", "Kumar", "Lees", "Bull", "Pope",
    "Abdi", "Weaver", "Rhodes", "Flynn", "Todd", "Mirza", "Naylor", "Dale", "Horvath", "Garner",
    "Sharpe", "Appiah", "Hancock", "Lucas", "Mann", "Nash", "Dutta", "Steele", "Whittaker", "Byrne",
    "Kay", "Petrov", "Thorpe", "Yates", "Gallagher", "Das", "Field", "Winter", "Glover", "Rahmani",
    "Cartwright", "Barlow", "Kiss", "Tomlinson", "Moyo", "Preston", "Swift", "Ashworth", "Kaya",
    "Greenwood", "Hargreaves", "Sykes", "Schofield", "Sandhu", "Ramsbottom", "Entwistle",
    "Duckworth", "Tattersall", "Pilkington", "Heald", "Ormerod", "Trevithick", "Penhaligon",
    "Pascoe", "Featherstone", "Thistlethwaite", "Ogilvy", "Quayle", "Vickerstaff", "Wolstenholme",
    "Zeb",
];

/// Surnames that have broken systems before: marks, particles, apostrophes, one letter, length, odd capitals.
#[rustfmt::skip] // as dense as prose
pub(super) const UNUSUAL_SURNAMES: &[&str] = &[
    "O'Brien", "O'Connor", "'Amato", "D'Souza", "Ó Súilleabháin", "Müller", "Nuñez", "Łukaszewicz",
    "Şahin", "Nguyễn", "Brontë-Ashcroft", "Zółtowski", "van der Merwe", "de la Cruz", "Y", "O",
    "Ng", "St John-Stevens", "MacGregor", "Al-Rashid", "Null", "True",
    "Featherstonehaugh-Cholmondeley", "Wolfeschlegelsteinhausenberg",
    "Papadimitrakopoulou-Anastasiadis", "Jean-Baptiste", "Müftüoğlu", "Krišjānis", "Østergaard",
    "ap Gruffydd", "Fitz-Gerald Smythe", "N'Diaye", "Hernández Gómez", "Dvořáková", "Thompson 2nd",
];

/// Titles and posts of people who lead schools.
pub(super) const TITLES: &[&str] = &["Mrs", "Mr", "Miss", "Ms", "Dr"];
