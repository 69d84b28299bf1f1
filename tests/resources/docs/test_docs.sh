#!/bin/sh
# Every command that README and docs name is one that athanor-cli has, with its options; every relative link leads to a
# file. With "reference" as third word: the reference page is what the program prints, with all plugins built.
set -u
root=$1
cli=$2
with_reference=${3:-}
failed=0
passed=0
cd "$root" || exit 1
pages="README.md $(find resources/docs -name '*.md')"

report() {
    if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); printf 'FAIL %s\n' "$2"; fi
}

# shellcheck disable=SC2086  # a list of pages, one word each
commands=$(sed -n 's/.*athanor-cli \([a-z].*\)/\1/p' $pages | sed 's/`.*//' |
    sed -n 's/^\(project\|source\|dataset\|tokenizer\|model\|run\|sweep\|job\|plugin\|sample\) \([a-z]*\).*/\1 \2/p
            s/^\(evaluate\|generate\|doctor\).*/\1/p' | sort -u)
[ -n "$commands" ]
report $? "no command found in the documentation"
while read -r noun verb; do
    help=$("$cli" "$noun" --help 2>&1)
    printf '%s\n' "$help" | grep -q "athanor-cli $noun${verb:+ $verb}"
    report $? "athanor-cli $noun $verb is in the documentation, not in the program"
done <<LIST
$commands
LIST

# Options: of each line of the pages that shows a command, up to its comment or the end of its quotation.
# shellcheck disable=SC2086
lines=$(sed -n 's/.*athanor-cli \([a-z].*\)/\1/p' $pages | sed 's/[`#].*//' | sed -n '/ --[a-z]/p' | sort -u)
while read -r noun verb rest; do
    case $verb in
    --*) rest="$verb $rest"; verb= ;;
    esac
    help=$("$cli" "$noun" "$verb" --help 2>&1)
    for option in $(printf '%s\n' "$rest" | grep -o -- '--[a-z][a-z-]*'); do
        printf '%s\n' "$help" | grep -q -- "$option" || [ "$option" = --help ] || [ "$option" = --json ]
        report $? "athanor-cli $noun $verb $option is in the documentation, not in the program"
    done
done <<LIST
$lines
LIST

if [ -n "$with_reference" ]; then
    "$cli" plugin reference | cmp -s - resources/docs/reference.md
    report $? "resources/docs/reference.md is not what the declarations say; build the target reference"
fi

for page in $pages; do
    folder=$(dirname "$page")
    links=$(grep -o '](\([^)#]*\)' "$page" | sed 's/^](//' | grep -v '://')
    for link in $links; do
        [ -e "$folder/$link" ]
        report $? "$page: no $link"
    done
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
