//! What Helm leaves behind in what it renders, and the values of the operator's chart.

use memchr::memmem;

use crate::flink::operator::{OLD, OLD_OPERATOR};

/// How the comment begins by which Helm says what it rendered a document from.
const SOURCE: &str = "# Source: ";
/// The folder of a chart that holds what Helm renders: a comment without it is somebody's own.
const TEMPLATES: &str = "/templates/";

/// The template that Helm rendered this document from, such as `chart/templates/job.yaml`; nothing
/// if it does not say so in front of the content.
pub fn template_source(document: &str) -> Option<&str> {
    let head = document.trim_start_matches('\u{feff}').lines();
    let mut head = head.take_while(|line| {
        let line = line.trim_end();
        line.is_empty() || line.starts_with('#') || line == "---"
    });
    let said = head.find_map(|line| line.strip_prefix(SOURCE)).map(str::trim);
    said.filter(|path| path.contains(TEMPLATES))
}

/// True for a file that may hold values of the operator's chart in the shape of 0.1.0: called like
/// values, and with one of the keys that only that chart knew.
pub fn is_values(name: &str, bytes: &[u8]) -> bool {
    let has = |key: &str| memmem::find(bytes, key.as_bytes()).is_some();
    is_called_values(name) && (has(OLD) || has(OLD_OPERATOR))
}

/// True for the name of a file of chart values, folders in front of it or not: `values.yaml`,
/// `operator-values-prod.yml`.
pub fn is_called_values(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    name.contains("values") && matches!(extension, Some("yaml" | "yml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_rendered_document_stands_before_its_content() {
        assert_eq!(
            template_source("---\n# Source: jobs/templates/a.yaml\na: 1\n"),
            Some("jobs/templates/a.yaml")
        );
        assert_eq!(
            template_source("# x\r\n# Source: c/templates/a b.yaml\r\na: 1\r\n"),
            Some("c/templates/a b.yaml")
        );
        assert_eq!(template_source("a: 1\n# Source: c/templates/late.yaml\n"), None);
        assert_eq!(template_source("# Source: the wiki\na: 1\n"), None);
    }

    #[test]
    fn values_are_told_by_name_and_key() {
        assert!(is_values("x/operator-values.yaml", b"flinkDefaultConfiguration:\n"));
        assert!(!is_values("x/operator.yaml", b"flinkDefaultConfiguration:\n"));
        assert!(!is_values("values.yaml", b"defaultConfiguration:\n"));
    }
}
