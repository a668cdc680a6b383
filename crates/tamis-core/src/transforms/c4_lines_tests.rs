use super::*;

const DATATROVE: Choices = Choices {
    dialect: Dialect::Datatrove,
    sentences: Sentences::SpacyEn,
    end_marks: false,
    min_words_per_line: 3,
    max_word_length: 1000,
};

const TFDS: Choices = Choices {
    dialect: Dialect::Tfds,
    sentences: Sentences::Nltk,
    end_marks: true,
    min_words_per_line: 5,
    max_word_length: 1000,
};

fn fate(line: &str, choices: &Choices) -> Fate {
    judge(line, choices, &mut String::new()).0
}

#[test]
fn order_of_the_checks() {
    let long = "x".repeat(1001);
    for (line, expected) in [
        ("", Fate::FewWords),
        ("two {words}", Fate::FewWords),
        ("lorem ipsum", Fate::FewWords),
        (&format!("lorem ipsum {{}} {long}"), Fate::LongWord),
        (&format!("see {} here", "x".repeat(1000)), Fate::Kept),
        ("Some LOREM IPSUM { dolor", Fate::LoremIpsum),
        ("enable JavaScript { here", Fate::Javascript),
        ("a { privacy policy", Fate::CurlyBracket),
        ("our Privacy Policy here", Fate::Policy),
        ("a javascripterms of use", Fate::Javascript),
        ("this site uses coo\u{212a}ies", Fate::Policy),
        ("you use cookie policy", Fate::Policy),
        ("} is no ground", Fate::Kept),
    ] {
        assert_eq!(fate(line, &DATATROVE), expected, "{line}");
    }
}

#[test]
fn citations_go_and_words_are_counted_before_or_after() {
    let mut room = String::new();
    for (line, kept) in [
        ("a[1] b[] [edit]c[citation needed] d", "a b c d"),
        ("a [x] [ 1] [[2]] [12 [３]", "a [x] [ 1] [] [12 "),
        ("no mark here", "no mark here"),
    ] {
        assert_eq!(without_citations(line, &mut room), kept);
    }
    assert_eq!(fate("one [1] [2]", &DATATROVE), Fate::Kept);
    let tfds = Choices {
        min_words_per_line: 3,
        ..TFDS
    };
    assert_eq!(fate("one [1] [2].", &tfds), Fate::FewWords);
}

#[test]
fn numbers_of_tensorflow_datasets() {
    for (line, expected) in [
        ("Only four words here.", Fate::FewWords),
        ("Here are five words now.", Fate::Kept),
        ("See {x}.", Fate::FewWords),
        ("Please set the {x} value.", Fate::CurlyBracket),
        ("Now you should wait here...", Fate::NoEndMark),
        ("Now you should wait here…", Fate::NoEndMark),
        ("He said you should 'wait here'", Fate::NoEndMark),
        ("He said you should \"wait here\"", Fate::Kept),
        ("A line with { but no end", Fate::NoEndMark),
    ] {
        assert_eq!(fate(line, &TFDS), expected, "{line}");
    }
    let ends = Choices {
        end_marks: true,
        ..DATATROVE
    };
    assert_eq!(fate("He said 'wait here'", &ends), Fate::Kept);
}

#[test]
fn kept_lines_are_joined_and_stripped() {
    let text = "  one two three \n\nfour five\u{2028}six seven eight\u{a0}\n[1] [2] [3]\n";
    let (kept, counts) = c4_lines(text, &DATATROVE);
    assert_eq!(kept, "one two three\nsix seven eight");
    assert_eq!((counts.lines, counts.few_words, counts.kept), (5, 2, 3));
    assert_eq!(
        c4_lines("", &DATATROVE),
        (String::new(), C4Lines::default())
    );
}
