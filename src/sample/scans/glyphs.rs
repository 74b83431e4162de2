//! A stroke font: letters as polylines, so that print and handwriting come from the same small table.

/// Strokes of a character: pairs of digits `xy` on a grid 0–4 wide and 0–8 high (capitals 0–6, baseline 6),
/// strokes apart by a space. Unknown characters are blank.
const fn strokes(character: char) -> &'static str {
    match character {
        'A' => "062046 1434",
        'B' => "060030414233 033344453606",
        'C' => "4130100105163645",
        'D' => "06003041453606",
        'E' => "40000646 0333",
        'F' => "400006 0333",
        'G' => "41301001051636454323",
        'H' => "0006 4046 0343",
        'I' => "1030 2026 1636",
        'J' => "4045361605",
        'K' => "0006 400346",
        'L' => "000646",
        'M' => "0600234046",
        'N' => "06004640",
        'O' => "103041453616050110",
        'P' => "06003041423303",
        'Q' => "103041453616050110 2446",
        'R' => "06003041423303 2346",
        'S' => "413010010213334445361605",
        'T' => "0040 2026",
        'U' => "000516364540",
        'V' => "002640",
        'W' => "0016233640",
        'X' => "0046 4006",
        'Y' => "002340 2326",
        'Z' => "00400646",
        _ => small(character),
    }
}

const fn small(character: char) -> &'static str {
    match character {
        'a' => "4332120305163645 4246",
        'b' => "0006 0312324345361605",
        'c' => "4332120305163645",
        'd' => "4046 4332120305163645",
        'e' => "04444332120305163645",
        'f' => "40302126 1242",
        'g' => "4332120305163645 4247381807",
        'h' => "0006 0312324346",
        'i' => "2226 2020",
        'j' => "32372818 3030",
        'k' => "0006 420446",
        'l' => "202536",
        'm' => "0206 03122326 23324346",
        'n' => "0206 0312324346",
        'o' => "123243453616050312",
        'p' => "0208 0312324345361605",
        'q' => "4248 4332120305163645",
        'r' => "0206 031232",
        's' => "43321203143445361605",
        't' => "20253645 0242",
        'u' => "0205163645 4246",
        'v' => "022642",
        'w' => "0216233642",
        'x' => "0246 4206",
        'y' => "0226 4208",
        'z' => "02420646",
        _ => sign(character),
    }
}

const fn sign(character: char) -> &'static str {
    match character {
        '0' => "103041453616050110",
        '1' => "112026 1636",
        '2' => "01103041430646",
        '3' => "0110304142334445361605 1333",
        '4' => "200444 3236",
        '5' => "400003334445361605",
        '6' => "4130100105163645443303",
        '7' => "004016",
        '8' => "103041423313020110 1304051636454433",
        '9' => "43130201103041453616",
        '.' => "1616",
        ',' => "1617",
        '?' => "01103041422324 2626",
        '!' => "2024 2626",
        '\'' => "2022",
        '-' => "1333",
        '+' => "2125 0343",
        '=' => "0242 0444",
        '×' => "0145 4105",
        '/' => "4006",
        ':' => "1212 1616",
        '(' => "30212536",
        ')' => "10212516",
        _ => "",
    }
}

/// A point of the grid.
pub(super) type Point = (i32, i32);

/// The polylines of a character, moved to the left edge of the grid.
pub(super) fn polylines(character: char) -> impl Iterator<Item = Vec<Point>> {
    let text = strokes(character);
    let left = points(text).map(|(x, _)| x).min().unwrap_or(0);
    text.split(' ').map(move |stroke| points(stroke).map(|(x, y)| (x - left, y)).collect())
}

/// Units from the left edge of a character to that of the next.
pub(super) fn advance(character: char) -> i32 {
    let text = strokes(character);
    let left = points(text).map(|(x, _)| x).min().unwrap_or(0);
    let right = points(text).map(|(x, _)| x).max().unwrap_or(2);
    right - left + 2
}

fn points(text: &str) -> impl Iterator<Item = Point> {
    let digits = text.bytes().filter(u8::is_ascii_digit).map(|digit| i32::from(digit - b'0'));
    let (xs, ys) = (digits.clone().step_by(2), digits.skip(1).step_by(2));
    xs.zip(ys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_is_whole_and_on_the_grid() {
        let letters = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(".,?!'-+=×/:()".chars());
        for character in letters {
            assert!(!strokes(character).is_empty(), "{character}");
            for stroke in strokes(character).split(' ') {
                assert!(stroke.len() >= 4 && stroke.len() % 4 % 2 == 0, "{character} {stroke}");
            }
            for point in points(strokes(character)) {
                assert!((0..=4).contains(&point.0) && (0..=8).contains(&point.1), "{character}");
            }
        }
        assert_eq!(advance(' '), 4);
    }
}
