//! Rows, headers and quotes of a map in CSV.

use crate::flink::savepoints::read::display;

const HEADER: &str = "namespace,name,location,note\n";

fn entries(rows: &str) -> Vec<String> {
    display::entries("m.csv", &format!("{HEADER}{rows}"))
}

fn problems(rows: &str) -> Vec<String> {
    display::problems("m.csv", &format!("{HEADER}{rows}"))
}

#[test]
fn columns_may_have_any_order_and_others_are_ignored() {
    assert_eq!(
        display::entries(
            "m.csv",
            "team, LOCATION ,Name,\"namespace\",team\nx,/1,a,prod,\n,/2,b,,\"y\"\n"
        ),
        ["prod/a=/1@2:1", "b=/2@3:1"]
    );
    assert_eq!(display::entries("m.csv", "namespace,name,location"), [""; 0]);
}

#[test]
fn a_null_is_written_out_and_the_reason_has_its_own_column() {
    assert_eq!(
        display::entries(
            "m.csv",
            "namespace,name,location,reason\np,a,null,it was FAILED\np,b,~,\np,c,\"null\",\" two\n\u{1b}lines \"\np,d,/1,fine\n"
        ),
        ["p/a=-|it was FAILED@2:1", "p/b=-@3:1", "p/c=-|two lines@4:1", "p/d=/1@6:1"]
    );
    assert_eq!(
        problems("p,a,,\np,b,NULL,\np,c, null,\n"),
        [
            "2:5: the location is empty",
            "3:5: the location is relative",
            "4:5: the location begins or ends with a blank",
        ]
    );
}

#[test]
fn a_header_that_lacks_or_doubles_a_column_is_refused_and_no_row_is_read() {
    let header = |text| display::problems("m.csv", &format!("{text}\np,a,,\n\"\n"));
    assert_eq!(header("namespace,name,path"), ["1:1: the header has no column `location`"]);
    assert_eq!(
        header("# x\nname,Name,reason,NAME, reason"),
        [
            "2:1: the header has no column `namespace`",
            "2:1: the header has no column `location`",
            "2:6: the header has the column `name` twice",
            "2:18: the header has the column `name` twice",
            "2:23: the header has the column `reason` twice",
        ]
    );
    assert_eq!(header("prod,orders,/1"), ["1:1: the first row is not a header"]);
    for (empty, at) in [("", "1:1"), ("\u{feff}", "1:1"), ("# to come\n\n", "3:1")] {
        let expected = [format!("{at}: the map has no header")];
        assert_eq!(display::problems("m.csv", empty), expected, "{empty:?}");
    }
}

#[test]
fn semicolons_and_tabs_are_refused_with_what_to_write() {
    for (text, separator) in [
        ("namespace;name;location\np;a;/1\n", "semicolons"),
        ("prod;orders;s3://lake/1,2\n", "semicolons"),
        ("namespace\tname\tlocation\n", "tabs"),
    ] {
        assert_eq!(
            display::problems("m.csv", text),
            [format!("1:1: the columns are separated by {separator}")]
        );
        assert_eq!(
            display::help("m.csv", text),
            ["write `namespace,name,location` as the header, and commas in every row"]
        );
    }
}

#[test]
fn names_are_judged_as_in_yaml_and_in_the_order_of_the_text() {
    assert_eq!(
        display::problems(
            "m.csv",
            "location,name,namespace\nx,a/b,c/d\n/1, a,p\n/1,a,p \n/1,a b,p\n/1,a\u{7},p\n/1,\"a\nb\",p\n/1,s3://u:secret@h/x,p\n/1,,\n"
        ),
        [
            "2:1: the location is relative",
            "2:3: the name `a/b` holds a `/`",
            "2:7: the namespace `c/d` holds a `/`",
            "3:4: the name ` a` begins or ends with a blank",
            "4:6: the namespace `p ` begins or ends with a blank",
            "5:4: the name `a b` holds a blank",
            "6:4: the name `a\\u{7}` holds a blank",
            "7:1: the name `a\\nb` holds a blank",
            "9:4: the name `s3://***@h/x` holds a `/`",
            "10:4: the name is empty",
        ]
    );
}

#[test]
fn a_row_has_a_field_for_each_column() {
    assert_eq!(
        problems("a,/1\n\np,ä,/1,/2,,\n # no\n"),
        [
            "2:1: the row has 2 fields, the header 4",
            "4:11: the row has 6 fields, the header 4",
            "5:1: the row has 1 field, the header 4",
        ]
    );
}

#[test]
fn blank_lines_comments_every_line_end_and_a_byte_order_mark_are_no_rows() {
    assert_eq!(
        entries("\n# \"prod\",x\n\n   \n#\nprod,a,/1,\r\n\r\n#\r\nprod,b,/2,#\n# end\r"),
        ["prod/a=/1@7:1", "prod/b=/2@10:1"]
    );
    for end in ["\n", "\r\n", "\r"] {
        let text = ["\u{feff}namespace,name,location", "p,a,/1", "", "p,b,S3://x"].join(end);
        let upper = "4:5: the scheme `S3:` is in upper case, which Flink does not know";
        assert_eq!(display::problems("m.csv", &text), [upper], "{end:?}");
    }
    let text = "\u{feff}# x\nname,namespace,location\na,p,/1";
    assert_eq!(display::entries("m.csv", text), ["p/a=/1@3:1"]);
    let swallowed = ["2:2: a carriage return ends a comment"];
    assert_eq!(problems("#\rprod,a,/1,\rprod,b,,\r"), swallowed);
    assert_eq!(problems("#\rprod,a,/1,\r\nprod,b,/1,\r\n"), swallowed);
}

#[test]
fn quotes_are_taken_off_and_lines_are_counted_inside_them() {
    assert_eq!(
        entries("\"prod\",\"a\",\"s3://l/a,\"\"b\"\"\",\"two\n\r\nlines\"\n\"p\",b,\"/2\",\"\"\n"),
        ["prod/a=s3://l/a,\"b\"@2:1", "p/b=/2@5:1"]
    );
    assert_eq!(
        problems("p,a,/1,\"ä\n\nö\"\np,b,\"x\",\"\n\"\np,\"ä\",\"\",\n"),
        ["5:1: the location is relative", "7:1: the location is empty"]
    );
}

#[test]
fn a_quote_out_of_place_is_refused_where_it_is() {
    assert_eq!(problems("p,a,\"/1,\np,b,,\n"), ["2:5: a quote is never closed"]);
    assert_eq!(problems("p,a,/1,\n\"  \n\n"), ["3:1: a quote is never closed"]);
    assert_eq!(problems("p,a,/1,\"\"\"").len(), 1);
    assert_eq!(
        problems("p,a, \"/1\",\np,\"b\"c,/1,\np,c,/1,\"ä\n\" \np,d,/1,\"ä\",\"\"x\np,d,/,\n"),
        [
            "2:6: a quote stands inside a field that does not begin with one",
            "3:6: text stands behind a closing quote",
            "5:2: text stands behind a closing quote",
            "6:14: text stands behind a closing quote",
            "7:5: the location is empty",
        ]
    );
}
