"""Small templates, one for each thing the language can do, rendered by chat_template.py."""

VARIABLES = {
    "s": "Hello, wörld", "e": "", "n": None, "i": 7, "f": 2.5, "t": True, "l": [3, 1, 2], "words": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": [1, 2, {"x": None}], "C": "ß\n\"q\" </s>"}, "people": [{"name": "Ann", "age": 31}, {"name": "bob", "age": 27}, {"name": "Cy"}],
    "long": "one two  three\n\n four", "nested": {"a": {"b": [10, 20, {"c": "deep"}]}},
}

SNIPPETS = [
    # white space
    "a\n{% if t %}\nb\n{% endif %}\nc\n", "a\n  {% if t %}  \n  b\n  {% endif %}x\n  c", "a  {%- if t -%}  b  {%- endif -%}  c",
    "  {% set x = 1 %}\n  {{ x }}\n\n", "a {#- c -#} b", "a\n  {# c #}\nb", "{%+ if t %}x{% endif +%}\ny", "  {%+ if t %}x{% endif %}",
    "{{- s -}}\n x", " {{ s }} \n{{ s }}\n", "{% raw %}{{ x }}{% endraw %}\n!", "{%- raw -%}  {% if %}  {%- endraw -%}  z", "x\r\ny\rz\n\n",
    "{% if t %}{{ '\n' }}{% endif %}\n", "{% for x in l %}\n    {{ x }}\n{% endfor %}\nend", "\n\n{% if t %}\n\nx\n\n{% endif %}\n\n",
    "{%- for x in l %}\n  {{- x }},\n{%- endfor %}", "a{# one #}\n{# two #}\nb", "{{ 'a' }}{# #}\n", "a\u00a0 {%- if t %}b{% endif %}",
    # printing
    "{{ n }} {{ t }} {{ f }} {{ i }} {{ l }} {{ d }} {{ (1,) }} {{ () }} {{ {} }} {{ [none, true, 'x\\'y', \"a\\\"b\", 'é\\n\\t\\\\'] }}",
    "{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.0 }} {{ 1/3 }} {{ 1e100 }} {{ 123456789.123456789 }} {{ -0.0 }}",
    "{{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 1_000 }} {{ 1_0.5e-2 }} {{ 'a' 'b' }} {{ '\\x41\\u00e9\\101\\q' }}", "{{ missing }}|{{ missing | length }}|{{ d.nothing }}",
    "{{ d.items() }} {{ d.keys() }} {{ d.values() | list }}", "{{ ['\\u200b', '\\x7f', '\\u00a0', '👩'] }}", "{{ range(3) }} {{ range(2, 5) | list }} {{ range(5, 0, -2) | list }}",
    # operators
    "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}",
    "{{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ -i }} {{ +i }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 'a' ~ 1 ~ none }} {{ 'ab' * 3 }} {{ [1] + [2] }} {{ (1,) + (2,) }} {{ true + true }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 != 2 }} {{ 'a' == 1 }} {{ none == none }} {{ true == 1 }}",
    "{{ 'b' in d }} {{ 'z' not in d }} {{ 2 in l }} {{ 'wör' in s }} {{ 'x' in missing }} {{ not t }} {{ not not t }} {{ e or s }} {{ s and i }} {{ n or missing or 'x' }}",
    "{{ 'yes' if t else 'no' }} {{ 'yes' if e }} {{ 'a' if e else 'b' if e else 'c' }} {{ ('a' if t) ~ '!' }}", "{{ not 1 == 2 }} {{ not 'a' in 'abc' }} {{ 1 in [1] and 2 not in [1] }}",
    "{{ s[0] }}{{ s[-1] }}{{ s[8] }} {{ s[1:4] }} {{ s[::-1] }} {{ s[-3:] }} {{ s[::2] }} {{ l[::-1] }} {{ l[1:] }} {{ l[:-1] }} {{ l[5:] }} {{ l[-2] }} {{ s[100] }} {{ l[9] is defined }}",
    "{{ nested.a.b[2].c }} {{ nested['a']['b'][0] }} {{ nested.a.b.1 }} {{ d['C'] }} {{ d.b }} {{ d.get('zz', 5) }} {{ d.get('q') }} {{ n.foo }} {{ i.foo is undefined }}",
    "{{ '%s is %d, %.2f %5s|%-5s|%05d' % ('a', 3, 2.345, 'r', 'l', 42) }} {{ '%s' % 'x' }} {{ '%%' % () }}", "{{ l[2:0:-1] }} {{ l[::-2] }} {{ 'abc'[5:1] }} {{ 'abc'[-10:10] }}",
    "{% set a = [1, 2, 3] %}{{ a[(a | length) - 1] }} {{ a[i % 2] }}", "{{ {'a': 1, 'b': {'c': 2}}.b.c }} {{ {'a': 1} == {'a': 1.0} }} {{ {1: 'one'}[1] }}",
    # set, scopes
    "{% set x = 1 %}{% for y in l %}{% set x = x + y %}{{ x }} {% endfor %}{{ x }}", "{% set ns = namespace(c=0, s='') %}{% for y in l %}{% set ns.c = ns.c + y %}{% set ns.s = ns.s ~ y %}{% endfor %}{{ ns.c }} {{ ns.s }} {{ ns['c'] }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set x %}  block {{ i }}\n{% endset %}[{{ x }}]", "{% set x | upper | trim %}  block {% endset %}[{{ x }}]", "{% if t %}{% set x = 5 %}{% endif %}{{ x }}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}", "{% set ns = namespace() %}{% set ns.x = [1] %}{{ ns.x }}{{ ns.y is defined }}",
    "{% for k in l %}{% if loop.first %}{% set q = 1 %}{% endif %}{{ q is defined }} {% endfor %}", "{% set x = (1, 2) %}{{ x }}{% set y = 1, %}{{ y }}", "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}",
    # if, for
    "{% if e %}a{% elif i == 7 %}b{% else %}c{% endif %}", "{% if missing %}a{% elif n %}b{% elif l == [] %}c{% else %}d{% endif %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.cycle('o', 'e') }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}{{ loop.changed(x > 1) }} {% else %}none{% endfor %}", "{% for x in [] %}a{% else %}empty{% endfor %}", "{% for x in missing %}a{% else %}empty{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for c in 'aé👩' %}[{{ c }}]{% endfor %}",
    "{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for a, (b, c) in [(1, (2, 3)), (4, (5, 6))] %}{{ a }}{{ b }}{{ c }} {% endfor %}",
    "{% for x in [[1, [2, [3]]], [4]] recursive %}{% if x is iterable %}<{{ loop(x) }}>{% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}", "{% for p in people %}{{ p.name }}{% if p.age is defined %}({{ p.age }}){% endif %}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for x in l | sort | reverse %}{{ x }}{% endfor %} {% for x in l[1:] %}{{ x }}{% endfor %}", "{% for key, value in d | items %}{{ key }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}",
    # macros
    "{% macro m(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m(a=5, b=6) }}{{ m() }}", "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, k=3) }}",
    "{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(3) %}got {{ y }}{% endcall %}", "{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(4) }}", "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m() -%}\n  x\n{%- endmacro %}[{{ m() }}]{{ m() | upper }}", "{% set args = [1, 2] %}{% set kw = {'c': 3} %}{% macro m(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(*args, **kw) }}", "{% filter upper %}abc {{ s }}{% endfilter %}",
    "{% generation %}abc{% endgeneration %}\nd", "{% set j = joiner('|') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}", "{% block b %}x{% endblock %}y",
    # filters
    "{{ '  a b  ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ i | trim }}", "{{ l | length }}{{ s | length }}{{ d | count }}", "{{ s | upper }} {{ s | lower }} {{ 'hELLO wORLD' | capitalize }} {{ \"they're bill's-friends (from) x\" | title }}",
    "{{ d | tojson }}", "{{ d | tojson(indent=2) }}", "{{ d | tojson(ensure_ascii=True) }}", "{{ d | tojson(separators=(',', ':'), sort_keys=True) }}", "{{ [1.0, 1e20, none, true, [], {}, 'a/b', '\\x7f\\x01👩'] | tojson(indent=4) }}", "{{ [[], [1, []]] | tojson(indent=0) }}", "{{ '👩\\u007f' | tojson(ensure_ascii=true) }} {{ {1: 2, none: 3, true: 4, 2.5: 5} | tojson }}",
    "{{ l | join(', ') }} {{ people | join('/', attribute='name') }} {{ 'abc' | join('-') }} {{ [1, none, 'x'] | join }}", "{{ people | map(attribute='age') | list }} {{ people | map(attribute='age', default=0) | list }} {{ words | map('upper') | join }} {{ ['1', '2'] | map('int') | sum }}",
    "{{ l | select('gt', 1) | list }} {{ l | reject('odd') | list }} {{ [0, 1, '', 'a'] | select | list }} {{ people | selectattr('age') | map(attribute='name') | list }} {{ people | selectattr('age', 'defined') | list | length }} {{ people | rejectattr('name', 'equalto', 'Ann') | map(attribute='name') | join(',') }}",
    "{{ people | selectattr('name', 'in', ['Ann', 'Cy']) | map(attribute='name') | first }}", "{{ missing | default('x') }} {{ e | default('x') }} {{ e | default('x', true) }} {{ n | d('y', boolean=true) }} {{ n | default('z') }}",
    "{{ l | first }} {{ l | last }} {{ 'abc' | first }} {{ 'abc' | last }} {{ [] | first }}", "{{ 'a.b.a' | replace('a', 'X') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 'abc' | replace('', '-') }} {{ 5 | replace('5', 'x') }}",
    "{{ d | dictsort }} {{ d | dictsort(true) }} {{ {'a': 2, 'b': 1} | dictsort(by='value') }} {{ {'a': 2, 'b': 1} | dictsort(reverse=true) }}", "{{ 5 | string ~ 'x' }} {{ none | string }}", "{{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int }} {{ 'x' | int(-1) }} {{ '0x1f' | int(base=16) }} {{ 3.99 | int }} {{ none | int }} {{ ' 12 ' | int }}",
    "{{ '1.5' | float }} {{ 'x' | float }} {{ 3 | float }} {{ 'x' | float(2.5) }}", "{{ 'abc' | list }} {{ d | list }} {{ (1, 2) | list }}", "{{ words | unique | list }} {{ [1, 1, 2] | unique | list }}", "{{ words | sort }} {{ words | sort(case_sensitive=true) }} {{ l | sort(reverse=true) }} {{ people | sort(attribute='name', reverse=true) | map(attribute='name') | list }}",
    "{{ l | reverse | list }} {{ 'abc' | reverse }}", "{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent(width=1, blank=true) }}|{{ 'a\\nb' | indent('> ') }}", "{{ s | safe }} {{ '<a>' | e }} {{ -3 | abs }} {{ (-3.5) | abs }} {{ l | min }} {{ l | max }} {{ words | max }} {{ l | sum }} {{ people[:2] | sum(attribute='age') }} {{ [] | min }}",
    "{{ 2.567 | round(2) }} {{ 2.5 | round }} {{ 2.1 | round(method='ceil') }} {{ 7 | round }} {{ 42.55 | round(1, 'floor') }}", "{% for g in people | groupby('age', default=0) %}{{ g.grouper }}:{{ g.list | length }} {% endfor %}{% for k, v in words | groupby(0) %}{{ k }}{% endfor %}",
    "{{ [1, 2, 3, 4, 5] | batch(2) | list }} {{ [1, 2, 3] | batch(2, 'x') | list }}", "{{ 'foo bar baz qux' | truncate(9) }} {{ 'foo bar baz qux' | truncate(9, true) }} {{ 'short' | center(11) }}| {{ 'one two' | wordcount }}", "{{ '%s-%d' | format('a', 5) }} {{ 'a b&c' | urlencode }} {{ d | attr('items') is callable }}",
    "{{ people | map(attribute='name') | map('lower') | sort | join(' ') }}", "{{ (l | select('gt', 5)) is defined }} {{ 'x' if l | select('gt', 5) else 'y' }} {{ 'x' if l | select('gt', 5) | list else 'y' }}", "{{ d.items() | list | length }} {{ d.items() | first }} {{ d.a | tojson }}",
    "{{ 'a' | upper | lower ~ 'B' | lower }}", "{{ nested | tojson | length }}", "{{ -1 | abs }} {{ i | abs + 1 }}", "{{ missing | tojson }}", "{{ [missing] | join('x') }} {{ missing | list }} {{ missing | upper }} {{ missing | trim }}",
    # tests
    "{{ s is string }} {{ i is string }} {{ d is mapping }} {{ l is mapping }} {{ s is iterable }} {{ l is sequence }} {{ d is sequence }} {{ i is iterable }} {{ n is none }} {{ missing is none }} {{ missing is iterable }} {{ missing is sequence }}",
    "{{ i is number }} {{ t is number }} {{ t is integer }} {{ i is integer }} {{ f is float }} {{ t is boolean }} {{ t is true }} {{ 1 is true }} {{ false is false }} {{ i is odd }} {{ i is even }} {{ i is divisibleby 7 }} {{ i is divisibleby(2) }}",
    "{{ s is defined }} {{ s is not defined }} {{ d.zz is undefined }} {{ d.b is defined and d.b }} {{ i is eq 7 }} {{ i is equalto(8) }} {{ i is in [7, 8] }} {{ i is not in [7] }} {{ i is gt 6 }} {{ i is ne 7 }} {{ i is lessthan 8 }} {{ i is ge 7 }}",
    "{{ n is sameas none }} {{ 'abc' is lower }} {{ 'ABC' is upper }} {{ '1' is lower }} {{ range is callable }} {{ 'upper' is filter }} {{ 'defined' is test }} {{ not s is string }} {{ s is string or n }} {{ (1, 2) is sequence }} {{ l is not string and l is iterable }}",
    # methods
    "{{ '  x '.strip() }}|{{ 'xay'.strip('xy') }}|{{ '  x '.lstrip() }}|{{ '  x '.rstrip() }}|{{ '\\u2003x\\u3000'.strip() }}|{{ '\\n\\nx\\n'.strip('\\n') }}", "{{ long.split() }} {{ long.split(' ') }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ' a b '.split(None, 1) }} {{ ' a b c '.rsplit(None, 1) }} {{ ''.split() }} {{ ''.split(',') }}",
    "{{ 'a</think>b</think>c'.split('</think>')[-1] }} {{ 'a\\nb\\r\\nc\\x0bd'.splitlines() }} {{ 'a\\nb'.splitlines(true) }}", "{{ s.startswith('Hel') }} {{ s.startswith(('x', 'H')) }} {{ s.endswith('ld') }} {{ s.find('w') }} {{ s.find('zz') }} {{ s.rfind('l') }} {{ s.count('l') }} {{ s.index('w') }}",
    "{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ 'hELLO wORLD'.capitalize() }} {{ \"they're x1y\".title() }} {{ 'aB'.swapcase() }} {{ 'straße'.upper() }}", "{{ 'a-b-c'.replace('-', '+') }} {{ 'a-b-c'.replace('-', '+', 1) }} {{ ', '.join(['a', 'b']) }} {{ ''.join(words) }}", "{{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'abc'.partition('x') }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('bc') }}",
    "{{ 'x'.ljust(3, '.') }}{{ 'x'.rjust(3) }}{{ '7'.zfill(3) }} {{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'ABC'.isupper() }} {{ ''.isdigit() }}", "{{ l.index(2) }} {{ l.count(3) }} {{ d.items() | list }} {{ d.copy() == d }} {{ l.copy() }}", "{{ dict(a=1, b=2) }} {{ dict([('x', 1)]) }} {{ dict({'a': 1}, a=2) }}", "{{ strftime_now('%d %b %Y %H:%M') }}",
    "{{ {'items': 5}['items'] }} {{ {'get': 1}.keys() | list }}",
    # what is refused
    "{{ l.append(4) }}", "{{ d.update({}) }}", "{{ missing.foo }}", "{{ missing + 1 }}", "{{ missing() }}", "{{ s + 1 }}", "{{ 1 + 'a' }}", "{{ n | length }}", "{{ i | length }}", "{% for x in i %}{% endfor %}", "{% for x in n %}{% endfor %}", "{{ raise_exception('no: ' ~ s) }}", "{{ 1 / 0 }}", "{{ 1 % 0 }}",
    "{{ s | nothing }}", "{{ s is nothing }}", "{% include 'x' %}", "{% nothing %}", "{% if t %}", "{{ s", "{% for x in l %}{% endif %}", "{{ 'abc }}", "{{ (1 }}", "{{ 1 2 }}", "{% set x.y = 1 %}", "{% set i.y = 1 %}", "{{ [1, 2] < [1, 'a'] }}", "{{ 'a' < 1 }}", "{{ d | tojson(1, 2, 3, 4, 5) }}", "{{ s.split('') }}", "{{ s.nothing() }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "{% set a, b = [1] %}", "{{ range(1000000) }}", "{{ ''.join([1]) }}", "{{ 1 in 'a' }}", "{{ 'a' in 5 }}", "{{ s.__class__.__mro__ }}", "{{ {}['a'].b }}", "{{ [][0].b }}", "{# no end", "{% raw %} no end", "{{ {[1]: 2} }}", "{{ l[::0] }}", "{{ 'x' is string is defined }}",
    "{{ d.items()[0].x }}", "{{ '%d' % 'x' }}", "{{ '%s %s' % ('a',) }}", "{% endfor %}", "{% set 5 = x %}", "{{ namespace(_x=1) }}", "{{ x | }}", "{{ f(, 1) }}", "{% for in l %}{% endfor %}", "{{ 5 | join }}", "{{ l | map('nothing') | list }}",
]
