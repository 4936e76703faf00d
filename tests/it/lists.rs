//! Lists of a document: the bytes that an edit of one leaves.

use flink_migrate::testing::edit;
use serde_json::{Value, json};

/// The document after one change.
fn after(document: &str, change: &Value) -> String {
    edit(document, std::slice::from_ref(change)).unwrap()
}

const OPERATIONS: &str = "- op: replace\n  path: /apiVersion\n  value: flink.apache.org/v1beta1";

fn insert_patches(value: &Value) -> Value {
    json!({"op": "insert", "pointer": "/patches", "value": value})
}

#[test]
fn a_list_is_inserted_as_the_other_lists_of_the_file_are_written() {
    let patches = insert_patches(&json!([{"path": "a.yaml"}, ["b", "c"], "d", null, {}, []]));
    let lines = |pad: &str| {
        let lines = ["- path: a.yaml", "- - b", "  - c", "- d", "- null", "- {}", "- []"];
        lines.map(|line| format!("{pad}{line}")).join("\n")
    };
    for (before, pad) in [
        ("resources:\n- a\n", ""),
        ("resources:\n  - a\n", "  "),
        ("resources:\n    - a\n", "    "),
        ("resources: [a]\n", ""),
        ("metadata:\n  list:\n    - a\n", "  "),
    ] {
        let wanted = format!("{before}patches:\n{}\n", lines(pad));
        assert_eq!(after(before, &patches), wanted);
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(after(&crlf(before), &patches), crlf(&wanted));
        let cut = |text: &str| text.strip_suffix('\n').unwrap().to_string();
        assert_eq!(after(&cut(before), &patches), cut(&wanted));
    }
    let json = "{\"resources\": [\"a\"]}";
    let list = "[{\"path\": \"a.yaml\"}, [\"b\", \"c\"], \"d\", null, {}, []]";
    assert_eq!(after(json, &patches), format!("{{\"resources\": [\"a\"], \"patches\": {list}}}"));
}

#[test]
fn text_of_several_lines_is_written_as_such_where_all_readers_read_it_so() {
    let patches = |text: &str| insert_patches(&json!([{"target": {"kind": "A"}, "patch": text}]));
    let head = "a: 1\npatches:\n- target:\n    kind: A\n  patch: ";
    let lines = OPERATIONS.replace('\n', "\n    ");
    assert_eq!(after("a: 1\n", &patches(OPERATIONS)), format!("{head}|-\n    {lines}\n"));
    for (text, written) in [
        ("a\n", "|\n    a"),
        ("a\n\nb\n", "|\n    a\n\n    b"),
        ("\na\nb", "|-\n\n    a\n    b"),
        (" a\nb", "|2-\n     a\n    b"),
        ("\ta\nb", "|2-\n    \ta\n    b"),
        ("a\n\n", "\"a\\n\\n\""),
        ("\n", "\"\\n\""),
        ("a \nb", "\"a \\nb\""),
        ("a\n  \nb", "\"a\\n  \\nb\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("a\u{2028}\nb", "\"a\\u2028\\nb\""),
    ] {
        assert_eq!(after("a: 1\n", &patches(text)), format!("{head}{written}\n"), "{text:?}");
    }
    // A line break at the end of a document is that of its last line.
    assert_eq!(after("a: 1", &patches("b\n")), format!("{head}\"b\\n\""));
    assert_eq!(after("a: 1", &patches("b\nc")), format!("{head}|-\n    b\n    c"));
    // What follows would become part of it.
    assert!(after("a: 1\n    # b\n", &patches("b\nc")).contains("\"b\\nc\"\n    # b\n"));
    assert!(after("a: 1\n  # b\n", &patches("b\nc")).contains("|-\n    b\n    c\n  # b\n"));
    assert!(after("a: 1\n     \n", &patches("b\nc")).contains("\"b\\nc\"\n     \n"));
    assert!(after("a: 1\n\n", &patches("b\nc")).contains("|-\n    b\n    c\n\n"));
    let json = after("{\"a\": 1}", &patches("b\nc"));
    assert!(json.ends_with("\"patch\": \"b\\nc\"}]}"), "{json}");
}

#[test]
fn what_is_no_operation_is_refused() {
    let change = json!({"op": "append", "pointr": "/a"});
    assert!(edit("a: [1]\n", &[json!({"op": "drop", "pointer": "/a"}), change]).is_err());
}

fn append(pointer: &str, value: &Value) -> Value {
    json!({"op": "append", "pointer": pointer, "value": value})
}

/// The document after one more item under `patches`, which goes again without a trace where the list had
/// others; the same with CRLF and without a final line break.
fn appended(before: &str, value: &Value, wanted: &str) {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let cut = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_string();
    let one = |before: &str, wanted: &str| {
        assert_eq!(after(before, &append("/patches", value)), wanted, "{before:?}");
        let Some(items) = items(before) else { return };
        let removal = json!({"op": "remove", "pointer": format!("/patches/{items}")});
        assert_eq!(after(wanted, &removal), before, "{wanted:?}");
    };
    one(before, wanted);
    one(&crlf(before), &crlf(wanted));
    one(&cut(before), &cut(wanted));
    // Where no line shows its break, the new one has LF.
    if cut(before).contains('\n') {
        one(&crlf(&cut(before)), &crlf(&cut(wanted)));
    }
}

/// How many items the list has; nothing if it has none.
fn items(document: &str) -> Option<usize> {
    let value: yaml_serde::Value = yaml_serde::from_str(document).unwrap();
    let items = value["patches"].as_sequence().map_or(0, Vec::len);
    (items > 0).then_some(items)
}

#[test]
fn an_item_follows_the_last_one_in_its_column() {
    let value = json!({"path": "b.yaml"});
    for (before, wanted) in [
        ("patches:\n- path: a\n", "patches:\n- path: a\n- path: b.yaml\n"),
        ("patches:\n  - path: a\nx: 1\n", "patches:\n  - path: a\n  - path: b.yaml\nx: 1\n"),
        ("patches:\n-   path: a\n", "patches:\n-   path: a\n- path: b.yaml\n"),
        // The comment on the line of the last item stays on it, others stay where they are.
        (
            "patches: # a\n# b\n- a # c\n# d\n- e: f # g\n\n# h\nx: 1\n",
            "patches: # a\n# b\n- a # c\n# d\n- e: f # g\n- path: b.yaml\n\n# h\nx: 1\n",
        ),
        ("patches:\n- a\n  # - c\n# d\n", "patches:\n- a\n- path: b.yaml\n  # - c\n# d\n"),
        // What an item can end with.
        ("patches:\n- a:\n    b:\n", "patches:\n- a:\n    b:\n- path: b.yaml\n"),
        ("patches:\n- a:\n  - b\n", "patches:\n- a:\n  - b\n- path: b.yaml\n"),
        ("patches:\n- - a\n  - b\n", "patches:\n- - a\n  - b\n- path: b.yaml\n"),
        ("patches:\n- - a\n  -\n", "patches:\n- - a\n  -\n- path: b.yaml\n"),
        ("patches:\n-\n- # a\n", "patches:\n-\n- # a\n- path: b.yaml\n"),
        ("patches:\n- !!str # a\n", "patches:\n- !!str # a\n- path: b.yaml\n"),
        ("patches:\n- &b !c a\n", "patches:\n- &b !c a\n- path: b.yaml\n"),
        ("patches:\n- {a: [b,\n  c]} # d\n", "patches:\n- {a: [b,\n  c]} # d\n- path: b.yaml\n"),
        ("patches:\n- a\n  b\n", "patches:\n- a\n  b\n- path: b.yaml\n"),
        ("patches:\n- \"a\n\n  b\"\n", "patches:\n- \"a\n\n  b\"\n- path: b.yaml\n"),
        ("patches:\n- patch: |-\n    a\n", "patches:\n- patch: |-\n    a\n- path: b.yaml\n"),
        ("patches: !!seq\n- a\n", "patches: !!seq\n- a\n- path: b.yaml\n"),
        ("patches: &a\n  - a\n", "patches: &a\n  - a\n  - path: b.yaml\n"),
    ] {
        appended(before, &value, wanted);
    }
}

#[test]
fn a_block_scalar_before_the_item_keeps_its_text() {
    let value = json!("b");
    for header in ["|", ">", "|+", "|-", "|2", "|2+", "| # c", "|+ # c"] {
        let before = format!("patches:\n- patch: {header}\n    a\n\n  # d\nx: 1\n");
        let after = after(&before, &append("/patches", &value));
        let read = |text: &str| yaml_serde::from_str::<yaml_serde::Value>(text).unwrap();
        assert_eq!(read(&after)["patches"][0], read(&before)["patches"][0], "{after}");
        assert_eq!(read(&after)["patches"][1], yaml_serde::Value::from("b"), "{after}");
        let removal = json!({"op": "remove", "pointer": "/patches/1"});
        assert_eq!(self::after(&after, &removal), before, "{after}");
    }
    // Where the text has no line break at its end because the file has none, the header says so.
    for (header, closed) in [("|", "|-"), (">", ">-"), ("|+", "|-"), ("|2", "|2-"), ("|+2", "|-2")]
    {
        let before = format!("patches:\n- patch: {header} # c\n    a");
        let wanted = format!("patches:\n- patch: {closed} # c\n    a\n- b");
        assert_eq!(after(&before, &append("/patches", &value)), wanted);
    }
    let kept = "patches:\n- patch: |+\n    a\n\n";
    let wanted = "patches:\n- patch: |+\n    a\n\n- b\n";
    assert_eq!(after(kept, &append("/patches", &value)), wanted);
    let refused = edit("patches:\n- patch: |+\n    a\n\n  ", &[append("/patches", &value)]);
    assert_eq!(refused, Err("the block scalar ends with the text".to_string()));
}

#[test]
fn an_operation_in_a_literal_block_follows_the_last_item() {
    let target = json!({"group": "flink.apache.org", "kind": "FlinkDeployment", "name": "orders"});
    let value = json!({"target": target, "patch": OPERATIONS});
    let lines = "- target:\n    group: flink.apache.org\n    kind: FlinkDeployment\n    name: orders\n  \
                 patch: |-\n    - op: replace\n      path: /apiVersion\n      value: \
                 flink.apache.org/v1beta1\n";
    appended("patches:\n- a\n", &value, &format!("patches:\n- a\n{lines}"));
    appended(
        "patches:\n- a\n\n# b\nx: 1\n",
        &value,
        &format!("patches:\n- a\n{lines}\n# b\nx: 1\n"),
    );
    let indented =
        |text: &str| text.split_inclusive('\n').map(|line| format!("  {line}")).collect::<String>();
    appended("patches:\n  - a\n", &value, &format!("patches:\n  - a\n{}", indented(lines)));
    appended("patches: []\n", &value, &format!("patches:\n{lines}"));
    let flow = "{target: {group: flink.apache.org, kind: FlinkDeployment, name: orders}, patch: \
                \"- op: replace\\n  path: /apiVersion\\n  value: flink.apache.org/v1beta1\"}";
    appended("patches: [a]\n", &value, &format!("patches: [a, {flow}]\n"));
}

#[test]
fn an_item_is_added_between_brackets_as_the_others_stand_there() {
    let value = json!({"path": "b"});
    for (before, wanted) in [
        ("patches: [a]\n", "patches: [a, {path: b}]\n"),
        ("patches: [ a, c ] # d\n", "patches: [ a, c, {path: b} ] # d\n"),
        ("patches: [a,]\n", "patches: [a, {path: b},]\n"),
        ("patches: [a, ]\n", "patches: [a, {path: b}, ]\n"),
        ("patches: [a\n  , c]\n", "patches: [a\n  , c, {path: b}]\n"),
        ("patches: [a\n  ,]\n", "patches: [a\n  , {path: b},]\n"),
        ("patches: [\n  a,\n  c\n]\n", "patches: [\n  a,\n  c,\n  {path: b}\n]\n"),
        ("patches: [\n  a,\n  c,\n]\n", "patches: [\n  a,\n  c,\n  {path: b},\n]\n"),
        ("{\"patches\": [\n\t1,\n\t2]}\n", "{\"patches\": [\n\t1,\n\t2,\n\t{\"path\": \"b\"}]}\n"),
        (
            "patches: [\n  a, # d\n  c # e\n  # f\n]\n",
            "patches: [\n  a, # d\n  c, # e\n  {path: b}\n  # f\n]\n",
        ),
        ("patches: [\n  a,\n  c, # e\n]\n", "patches: [\n  a,\n  c, # e\n  {path: b},\n]\n"),
        ("patches: [a, # d\n  c # e\n  ]\n", "patches: [a, # d\n  c, # e\n  {path: b}\n  ]\n"),
        (
            "patches: [\n  {a: 1,\n   c: 2}\n]\n",
            "patches: [\n  {a: 1,\n   c: 2},\n  {path: b}\n]\n",
        ),
        ("{patches: [&a x, *a , 'c']}\n", "{patches: [&a x, *a , 'c', {path: b}]}\n"),
        ("patches: [{\"a\": 1}]\n", "patches: [{\"a\": 1}, {\"path\": \"b\"}]\n"),
        ("{\"patches\": [1]}\n", "{\"patches\": [1, {\"path\": \"b\"}]}\n"),
        (
            "{\n  \"patches\": [\n    {\n      \"path\": \"a\"\n    }\n  ]\n}\n",
            "{\n  \"patches\": [\n    {\n      \"path\": \"a\"\n    },\n    {\"path\": \"b\"}\n  ]\n}\n",
        ),
    ] {
        appended(before, &value, wanted);
    }
}

#[test]
fn a_list_that_is_empty_or_null_begins_with_the_item() {
    let value = json!({"path": "b"});
    for (before, wanted) in [
        ("patches: []\nx: 1\n", "patches:\n- path: b\nx: 1\n"),
        ("patches: [ ] # a\n", "patches: # a\n- path: b\n"),
        ("patches:\n# a\nx: 1\n", "patches:\n- path: b\n# a\nx: 1\n"),
        ("patches: # a\n", "patches: # a\n- path: b\n"),
        ("patches:   \n", "patches:   \n- path: b\n"),
        ("patches: null\n", "patches:\n- path: b\n"),
        ("patches: ~  # a\nx: 1\n", "patches:  # a\n- path: b\nx: 1\n"),
        ("x:\n  - a\npatches:\n", "x:\n  - a\npatches:\n  - path: b\n"),
        ("patches:\n  []\n", "patches:\n  [{path: b}]\n"),
        ("patches:\n  null\n", "patches:\n  [{path: b}]\n"),
        ("patches: [ # a\n]\n", "patches: [{path: b} # a\n]\n"),
        ("patches: !!seq []\n", "patches: !!seq [{path: b}]\n"),
        ("{patches: []}\n", "{patches: [{path: b}]}\n"),
        ("{patches: }\n", "{patches: [{path: b}] }\n"),
        ("{\"patches\": null}\n", "{\"patches\": [{\"path\": \"b\"}]}\n"),
        ("{\"patches\":[]}\n", "{\"patches\":[{\"path\": \"b\"}]}\n"),
    ] {
        appended(before, &value, wanted);
    }
    let deeper = "a:\n- patches: []\n  b: 1\n";
    let wanted = "a:\n- patches:\n  - path: b\n  b: 1\n";
    assert_eq!(after(deeper, &append("/a/0/patches", &value)), wanted);
    assert_eq!(after("- null\n- 1\n", &append("/0", &value)), "- [{path: b}]\n- 1\n");
    assert_eq!(after("- a\n- b\n", &append("", &json!("c"))), "- a\n- b\n- c\n");
}

#[test]
fn a_list_that_stands_elsewhere_too_or_is_none_is_refused() {
    for (before, pointer, reason) in [
        ("a: &x [1]\npatches: *x\n", "/patches", "is an alias"),
        ("patches: &x [1]\nb: *x\n", "/patches", "has an anchor that is used elsewhere"),
        ("patches: &x\n- 1\nb: *x\n", "/patches", "has an anchor that is used elsewhere"),
        ("a: &x {patches: [1]}\n<<: *x\n", "/patches", "merge key"),
        ("a: &x {patches: [1]}\nb:\n  <<: *x\n", "/a/patches", "used elsewhere"),
        ("patches: a\n", "/patches", "can only be added to a sequence"),
        ("patches: {a: 1}\n", "/patches", "can only be added to a sequence"),
        ("patches: &x\nb: *x\n", "/patches", "used elsewhere"),
        ("patches: !!null\n", "/patches", "anchor or a tag"),
        ("-\n- 1\n", "/0", "left out"),
        ("? patches\n: - a\n", "/patches", "something other than blanks"),
        ("patches: [a: b]\n", "/patches", "ambiguous"),
        ("patches: [a, &x ]\n", "/patches", "ambiguous"),
    ] {
        let refused = edit(before, &[append(pointer, &json!("b"))]).unwrap_err();
        assert!(refused.contains(reason), "{before:?}: {refused}");
    }
}

#[test]
fn an_item_that_goes_takes_its_lines_and_nothing_else() {
    let remove = |number: usize| json!({"op": "remove", "pointer": format!("/patches/{number}")});
    for (before, number, wanted) in [
        ("patches:\n# a\n- b # c\n# d\n- e\n", 0, "patches:\n# a\n# d\n- e\n"),
        ("patches:\n- # a\n  b: c\n\n- e\n", 0, "patches:\n\n- e\n"),
        ("patches:\n- b\n- c: |+\n    d\n\n\n- e\n", 1, "patches:\n- b\n- e\n"),
        ("patches:\n-\n- b\n", 0, "patches:\n- b\n"),
        // The line break before the last line goes with it, unless it is part of a text.
        ("patches:\n- a: |-\n    b\n- c", 1, "patches:\n- a: |-\n    b"),
        ("patches:\n- a: |\n    b\n- c", 1, "patches:\n- a: |\n    b\n"),
        ("patches:\n- a: |\n    b\n\n- c", 1, "patches:\n- a: |\n    b\n"),
        ("patches:\n- a: >+\n\n\n- c", 1, "patches:\n- a: >+\n\n\n"),
        ("patches: [a, b, c]\n", 0, "patches: [b, c]\n"),
        ("patches: [a, b, c]\n", 1, "patches: [a, c]\n"),
        ("patches: [\n  a, # d\n  b # e\n]\n", 1, "patches: [\n  a # d\n]\n"),
        ("patches: [a]\n", 0, "patches: []\n"),
        ("patches: [\n  {a: b}\n]\n", 0, "patches: []\n"),
        ("{\"patches\": [\"a\"]}", 0, "{\"patches\": []}"),
    ] {
        assert_eq!(after(before, &remove(number)), wanted, "{before:?}");
    }
    for (before, number, reason) in [
        ("patches:\n- a\n", 0, "would be left empty"),
        ("patches: [a # b\n]\n", 0, "would be left empty"),
        ("patches:\n- - a\n  - b\nx: 1\n", 0, "would be left empty"),
        ("patches:\n- &x a\n- b\nc: *x\n", 0, "used elsewhere"),
        ("x: &x a\npatches:\n- *x\n- b\n", 0, "is an alias"),
    ] {
        let refused = edit(before, &[remove(number)]).unwrap_err();
        assert!(refused.contains(reason), "{before:?}: {refused}");
    }
    let nested = json!({"op": "remove", "pointer": "/patches/0/0"});
    let refused = edit("patches:\n- - a\n  - b\n", &[nested]);
    assert_eq!(refused, Err("the item is not the first on its line".to_string()));
}

#[test]
fn a_key_that_goes_from_the_end_leaves_the_text_before_it() {
    for (text, wanted) in [
        ("a: |\n  b\nc: d", "a: |\n  b\n"),
        ("a: |\r\n  b\r\nc: d", "a: |\r\n  b\r\n"),
        ("a: |-\n  b\nc: d", "a: |-\n  b"),
        ("a: b\nc: d", "a: b"),
    ] {
        assert_eq!(after(text, &json!({"op": "remove", "pointer": "/c"})), wanted);
    }
}

#[test]
fn several_changes_of_one_list_are_one_edit() {
    let add = |value: &str| append("/patches", &json!(value));
    let remove = |number: usize| json!({"op": "remove", "pointer": format!("/patches/{number}")});
    for (before, wanted) in [
        ("patches:\n- a\n- b\n", "patches:\n- a\n- c\n- d\n"),
        ("patches:\n- a\n- b", "patches:\n- a\n- c\n- d"),
    ] {
        let after = edit(before, &[remove(1), add("c"), add("d")]);
        assert_eq!(after.as_deref(), Ok(wanted), "{before:?}");
    }
    assert_eq!(edit("patches:\n", &[add("a"), add("b")]).unwrap(), "patches:\n- a\n- b\n");
    assert_eq!(edit("patches: []\n", &[add("a"), add("b")]).unwrap(), "patches:\n- a\n- b\n");
    let key = json!({"op": "insert", "pointer": "/x", "value": "z"});
    let both = edit("patches:\n- a: |-\n    b\n", &[key, add("c")]).unwrap();
    assert_eq!(both, "patches:\n- a: |-\n    b\n- c\nx: z\n");
    for before in ["patches:\n- a\n", "patches: [a]\n", "patches: [b, a]\n"] {
        let last = items(before).unwrap() - 1;
        assert!(edit(before, &[remove(last), add("b")]).is_err(), "{before}");
    }
    let first = edit("patches: [a, b]\n", &[remove(0), add("c")]);
    assert_eq!(first.as_deref(), Ok("patches: [b, c]\n"));
}
