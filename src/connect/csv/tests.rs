//! What the reader promises, on small texts and on random ones.

use super::*;
use proptest::prelude::*;
use std::io::Cursor;

type Read1 = (u64, Vec<String>, Vec<String>, Option<Rejection>);

fn read_as(bytes: &[u8], settings: &CsvSettings) -> Result<(Schema, Vec<Read1>), ConnectError> {
    let mut source = CsvSource::new(Cursor::new(bytes), Path::new("some/x.csv"), settings, false)?;
    let mut rows = Vec::new();
    while let Some(batch) = source.read()? {
        assert_eq!(batch.first(), rows.len() as u64 + 1);
        for row in batch.rows() {
            let cells = row.cells().map(str::to_owned).collect();
            rows.push((row.line(), cells, row.extra().to_vec(), row.fault().cloned()));
        }
    }
    Ok((source.schema, rows))
}

fn read(bytes: &[u8]) -> (Schema, Vec<Read1>) {
    read_as(bytes, &CsvSettings::default()).unwrap()
}

#[test]
fn a_damaged_row_costs_itself_alone_and_says_where() {
    for (text, code, says, cells, extra) in [
        (
            &b"a,b,c\n1,2\n4,5,6\n"[..],
            "too_few_cells",
            "x.csv, line 2: the row has 2 cells",
            vec!["1", "2", ""],
            vec![],
        ),
        (
            b"a,b,c\n1,2,3,9,8\n4,5,6\n",
            "too_many_cells",
            "line 2: the row has 5 cells",
            vec!["1", "2", "3"],
            vec!["9", "8"],
        ),
        (b"a,b,c\n1,\"2,3\n4,5,6\n", "unclosed_quote", "line 2, column 3:", vec!["1", "\"2", "3"], vec![]),
        (b"a,b,c\n1,2,\"x\"y\n4,5,6\n", "text_after_quote", "line 2, column 8:", vec!["1", "2", "\"x\"y"], vec![]),
        (b"a,b,c\n1,x\0y,3\n4,5,6\n", "nul_byte", "line 2, column 4:", vec!["1", "x\0y", "3"], vec![]),
        (
            b"a,b,c\n1,\"\xc3\xa4\",\xfc\n4,5,6\n",
            "bad_encoding",
            "line 2, column 7:",
            vec!["1", "ä", "\u{fffd}"],
            vec![],
        ),
    ] {
        let (_, rows) = read(text);
        let [(line, got, more, fault), (next_line, next, _, None)] = &rows[..] else { panic!("{code}: {rows:?}") };
        let fault = fault.as_ref().unwrap();
        assert_eq!((fault.code.as_str(), *line), (code, 2));
        assert!(fault.message.contains(says), "{}", fault.message);
        assert!(fault.hint.is_some());
        assert_eq!(
            (got, more),
            (&cells.iter().map(|s| s.to_string()).collect(), &extra.iter().map(|s: &&str| s.to_string()).collect())
        );
        assert_eq!((*next_line, &next[..]), (3, &["4", "5", "6"].map(str::to_owned)[..]));
    }
}

#[test]
fn a_fault_names_its_column() {
    let column = |text: &[u8]| read(text).1[0].3.clone().unwrap().column;
    assert_eq!(column(b"a,b,c\n1,\"2,3\n4,5,6\n").as_deref(), Some("b"));
    assert_eq!(column(b"a,b,c\n\"x,y\",\xff,3\n").as_deref(), Some("b"));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let text = b"a,b\r\n\r\n1,\"x\r\ny\"\r2,z\n\n\n3,w";
    let (_, rows) = read(text);
    let lines: Vec<_> = rows.iter().map(|row| (row.0, row.1[0].as_str())).collect();
    assert_eq!(lines, [(3, "1"), (5, "2"), (8, "3")]);
    let skipping = CsvSettings { skip_lines: 2, header: false, ..CsvSettings::default() };
    let (schema, rows) = read_as(text, &skipping).unwrap();
    assert_eq!(schema.fields[1].name, "Column B");
    assert_eq!(rows[0].0, 3);
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row_of_a_long_file() {
    let mut text = b"id,name\n1,\"oops\n".to_vec();
    for id in 2..200_000 {
        text.extend_from_slice(format!("{id},name of {id}\n").as_bytes());
    }
    let (_, rows) = read(&text);
    assert_eq!(rows.len(), 199_999);
    assert_eq!(rows.iter().filter(|row| row.3.is_some()).count(), 1);
    assert_eq!(rows[199_998].0, 200_000);
}

#[test]
fn the_header_must_tell_columns_apart() {
    let refused = |text: &[u8]| read_as(text, &CsvSettings::default()).err().unwrap();
    let error = refused(b"Name,City,name\n1,2,3\n");
    assert_eq!(error.to_string(), "some/x.csv, line 1: columns A and C are both called name");
    assert!(error.hint().is_some());
    assert!(refused(b"a,\"b\n1,2\n").to_string().contains("line 1, column 3"));
    assert!(refused(b"\n\n").to_string().contains("no row"));
    let (schema, _) = read(b" a ,,c\n1,2,3\n");
    assert_eq!(schema.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["a", "Column B", "c"]);
    assert_eq!(read(b"a,b\n").1, []);
}

#[test]
fn encodings_are_decoded_whatever_the_pieces() {
    // Longer than a piece, so that characters are cut in two by its end.
    let text: String =
        std::iter::once("näme,x\n".to_owned()).chain((0..60_000).map(|i| format!("ä{i}€,😀\n"))).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding) in [(text.clone().into_bytes(), TextEncoding::UTF_8), (utf16, TextEncoding::UTF_16LE)] {
        let (schema, rows) = read_as(&bytes, &CsvSettings { encoding, ..CsvSettings::default() }).unwrap();
        assert_eq!(schema.fields[0].name, "näme");
        assert_eq!(rows.len(), 60_000);
        assert!(
            rows.iter().enumerate().all(|(i, row)| row.1 == [format!("ä{i}€"), "😀".to_owned()] && row.3.is_none())
        );
    }
    let latin = CsvSettings { encoding: TextEncoding::WINDOWS_1252, ..CsvSettings::default() };
    assert_eq!(read_as(b"a\nM\xfcller \x80\n", &latin).unwrap().1[0].1, ["Müller €"]);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grows.csv");
    std::fs::write(&path, "a,b\n".to_owned() + &"1,2\n".repeat(200_000)).unwrap();
    let read_while = |change: &dyn Fn()| {
        let mut source = open(&path, &CsvSettings::default()).unwrap();
        source.read().unwrap();
        change();
        let mut rows = 0;
        loop {
            match source.read() {
                Ok(Some(batch)) => rows += batch.len(),
                Ok(None) => return (rows, None),
                Err(error) => return (rows, Some(error.to_string())),
            }
        }
    };
    let (_, error) = read_while(&|| ());
    assert_eq!(error, None);
    let (rows, error) = read_while(&|| {
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"3,4\n").unwrap();
    });
    assert!(rows > 100_000, "rows already read are given");
    assert!(error.unwrap().contains("longer while it was read"));
    let (_, error) = read_while(&|| {
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(500_000).unwrap();
    });
    assert!(error.unwrap().contains("shorter while it was read"));
}

/// A cell of the kinds that make CSV hard.
fn cells() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zäß€ ]{0,6}",
        prop::collection::vec(prop::sample::select(vec!["\"", ",", ";", "\t", "\n", "\r\n", "x", "ü", " ", "'"]), 0..8)
            .prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_the_csv_crate_writes_is_read_back(
        rows in (2usize..6).prop_flat_map(|columns| prop::collection::vec(prop::collection::vec(cells(), columns), 1..12)),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|', b'^']),
        crlf in any::<bool>(),
        always in any::<bool>(),
    ) {
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') })
            .quote_style(if always { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let settings = CsvSettings { delimiter: delimiter.into(), header: false, ..CsvSettings::default() };
        let (_, got) = read_as(&bytes, &settings).unwrap();
        prop_assert!(got.iter().all(|row| row.3.is_none() && row.2.is_empty()));
        prop_assert_eq!(got.into_iter().map(|row| row.1).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn of_random_bytes_every_line_is_in_some_row(
        parts in prop::collection::vec(prop::sample::select(vec![&b"\""[..], b",", b"\n", b"\r", b"\r\n", b"a", b"b c", b"\0", b"\xff", b"\xc3", b"\xa4", b"\"\"", b",\"", b"\","]), 0..60),
        header in any::<bool>(),
        quoting in any::<bool>(),
        line_end in prop::sample::select(LineEnd::ALL.to_vec()),
        encoding in prop::sample::select(TextEncoding::OFFERED.to_vec()),
    ) {
        let bytes = parts.concat();
        let settings = CsvSettings { header, quoting, line_end, encoding, ..CsvSettings::default() };
        let Ok((_, rows)) = read_as(&bytes, &settings) else { return Ok(()) };
        // Every letter of the text is in some cell; a header of letters alone would be refused or read before.
        let letters = |text: &str| text.matches('a').count();
        if !header && encoding == TextEncoding::UTF_8 {
            let wanted = letters(&String::from_utf8_lossy(&bytes));
            let got: usize = rows.iter().flat_map(|row| row.1.iter().chain(&row.2)).map(|cell| letters(cell)).sum();
            prop_assert_eq!(got, wanted);
        }
        prop_assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn any_bytes_can_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_as(&bytes, &CsvSettings::default()).ok();
        sniff::sniff(&String::from_utf8_lossy(&bytes), true);
    }
}
