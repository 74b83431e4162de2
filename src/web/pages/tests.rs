//! Every page in its states: words, headings, names.
