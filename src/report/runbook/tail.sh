while [ $# -gt 0 ]; do
    case $1 in
        --run) doing=yes ;;
        --from) number "$@" && from=$2 && shift ;;
        --only) number "$@" && only=$2 && shift ;;
        --done) asked "$@" && finished="$finished$2 " && shift ;;
        --wait) number "$@" && patience=$2 && shift ;;
        --context) context=${2:-} && shift ;;
        --argocd-context) argo=${2:-} && shift ;;
        --help | -h) help && exit 0 ;;
        *) fail 2 "there is no option $1; --help names them" ;;
    esac
    shift || fail 2 'the last option lacks its value'
done

if [ "$doing" = yes ]; then
    [ -n "$context" ] || fail 2 '--run needs --context NAME, so that it runs on the cluster that is meant'
    [ "$unnamed" = no ] || fail 2 'a namespace is not known; print this script again, with --namespace'
    [ "$with_argocd" = no ] || [ -n "$argo${ARGOCD_SERVER:-}" ] ||
        fail 2 '--run needs --argocd-context NAME, one of those that `argocd context` lists'
else
    say 'This only shows what would be done; --run --context NAME does it.'
fi

for chosen in "$from" ${only:+"$only"}; do
    if [ "$chosen" -lt 1 ] || [ "$chosen" -gt "$last" ]; then
        fail 2 "there is no step $chosen; they are 1 to $last"
    fi
done

if [ "$doing" = yes ]; then
    pin
    placed "${only:-$from}"
fi

first
for ((step = 1; step <= last; step++)); do
    if [ -n "$only" ]; then
        [ "$step" = "$only" ] || continue
    elif [ "$step" -lt "$from" ]; then
        continue
    fi
    "step_$step"
done

if [ "$doing" = yes ]; then
    printf '\ndone\n'
fi
