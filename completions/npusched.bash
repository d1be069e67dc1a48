# Completion of npusched for bash: source this file, or put it where bash-completion looks.

_npusched() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "run graph validate accuracy fit schema --help --version" -- "$word")
    return
  fi
  case $before in
    --engine) mapfile -t COMPREPLY < <(compgen -W "native simgrid both" -- "$word"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "json dot graphml deps" -- "$word"); return ;;
    --variant)
      local file variants=
      for file in "${COMP_WORDS[@]:2}"; do
        [[ -f $file ]] && variants=$(sed -nE 's/^ *- *\{? *name: *([A-Za-z0-9_.-]+).*/\1/p' "$file")
      done
      mapfile -t COMPREPLY < <(compgen -W "$variants" -- "$word")
      return ;;
    --set) mapfile -t COMPREPLY < <(compgen -W "program. hardware. runtime. model." -- "$word"); compopt -o nospace; return ;;
    --out | -o) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
  esac
  if [[ $word == -* ]]; then
    local options="--help"
    case $command in
      run) options="--set --engine --out --svg --highlight --window --check-invariants --jobs --json --quiet --help" ;;
      graph) options="--variant --format --out --set --json --quiet --help" ;;
      validate) options="--set --quiet --help" ;;
      accuracy) options="--published --set --out --jobs --json --quiet --help" ;;
      fit) options="--published --hardware --runtime --evaluations --set --out --jobs --quiet --help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -X '!*.y*ml' -- "$word"; compgen -d -- "$word")
  fi
}
complete -o filenames -F _npusched npusched
