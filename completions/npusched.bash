# Completion of npusched for bash: source this file, or put it where bash-completion looks.

_npusched() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  # What there is comes from the program's own help.
  if [[ $COMP_CWORD -eq 1 ]]; then
    local commands
    commands=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -nE '/^Subcommands:/,/^$/s/^  ([a-z]+) .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
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
    --set) mapfile -t COMPREPLY < <(compgen -W "program. hardware. runtime. model. numeric." -- "$word"); compopt -o nospace; return ;;
    --out | -o) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
  esac
  if [[ $word == -* ]]; then
    local options
    options=$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  else
    local files='!*.y*ml'
    [[ $command == compare ]] && files='!*.json'
    mapfile -t COMPREPLY < <(compgen -f -X "$files" -- "$word"; compgen -d -- "$word")
  fi
}
complete -o filenames -F _npusched npusched
